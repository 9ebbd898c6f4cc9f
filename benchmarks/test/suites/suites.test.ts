import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { runSuite } from "../../src/harness/run-suite.ts"
import type { Suite } from "../../src/harness/suite.ts"
import { suites } from "../../src/suites/suites.ts"

const busScenarios = ["publish-1", "publish-100", "consume-1", "consume-4", "round-trip", "round-trip-p99"]

/** Fixed by the design, so that runs can be compared over time. */
const scenarios: Record<string, string[]> = {
  core: ["import", "bundle", "fold", "execute"],
  sqlite: [
    "append-1",
    "append-1-x50",
    "append-bulk",
    "load-1m",
    "read-all",
    "bytes-per-event",
    "append-1-at-10m",
  ],
  postgres: [
    "append-1",
    "append-1-x50",
    "append-10-x10",
    "append-1000",
    "append-condition",
    "append-condition-x20",
    "read-all",
    "append-1-at-10m",
  ],
  subscriptions: [
    "catch-up-sqlite",
    "catch-up-postgres",
    "catch-up-transaction",
    "latency-100",
    "latency-100-p95",
    "latency-100-p99",
    "latency-1000",
    "latency-1000-p95",
    "latency-1000-p99",
    "ten-projections",
    "instances-1",
    "instances-2",
    "instances-4",
  ],
  "bus-redis": busScenarios,
  "bus-rabbitmq": busScenarios,
  "bus-kafka": [...busScenarios, ...busScenarios.map((name) => `${name}-platformatic`)],
  snapshots: [
    "load-10k",
    "load-1m",
    "restore-1m",
    "append-overhead",
    "append-overhead-transaction",
    "append-overhead-background",
  ],
  telemetry: ["off-per-operation", "on-per-operation", "append-on"],
}

/** Of two turns: with as little work as here, either may be the longer one. */
const differences = new Set(["off-per-operation", "on-per-operation"])

describe("the suites", () => {
  it("are those of the design", () => {
    expect(suites.map(({ name }) => name)).toEqual(Object.keys(scenarios))
  })
})

describe.each(suites)("suite $name", (suite) => {
  const [service] = suite.services ?? []
  if (service === undefined) rowForEachScenario(suite)
  else usingService(service, () => rowForEachScenario(suite))
})

function rowForEachScenario(suite: Suite): void {
  it("gives a complete row for each scenario of the design", {
    timeout: 300_000,
  }, async () => {
    const { results, notes } = await runSuite(suite, "tiny")
    expect(results.map(({ row }) => row.scenario)).toEqual(scenarios[suite.name])
    for (const { row, goals = [] } of results) {
      expect(row.suite).toBe(suite.name)
      expect(row.unit).not.toBe("")
      expect(["higher", "lower"]).toContain(row.better)
      for (const value of [row.ours, row.bare ?? 1, ...Object.values(row.peers ?? {})])
        expect(value).toBeGreaterThan(differences.has(row.scenario) ? Number.NEGATIVE_INFINITY : 0)
      for (const goal of goals.filter((goal) => "ratioTo" in goal)) {
        expect({ bare: row.bare, ...row.peers }).toHaveProperty([goal.ratioTo], expect.any(Number))
      }
    }
    for (const note of notes) expect(note).not.toMatch(/NaN|undefined/)
  })
}
