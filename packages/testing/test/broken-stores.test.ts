import assert from "node:assert/strict"
import { createMemoryStoreDriver, createStore, systemClock } from "@annals/core"
import { describe, it } from "vitest"
import { type CreateSubject, storeConformance } from "../src/index.ts"
import * as appendConditions from "./broken-stores/append-conditions.ts"
import type { BrokenStore } from "./broken-stores/broken-store.ts"
import * as eventIds from "./broken-stores/event-ids.ts"
import * as expectedVersion from "./broken-stores/expected-version.ts"
import * as namesAndValues from "./broken-stores/names-and-values.ts"
import * as portsAndLifecycle from "./broken-stores/ports-and-lifecycle.ts"
import * as reading from "./broken-stores/reading.ts"
import * as unitsOfWork from "./broken-stores/units-of-work.ts"
import { type CollectedTest, collectTests, type Outcome } from "./collecting-runner.ts"

const modules = [
  expectedVersion,
  eventIds,
  appendConditions,
  reading,
  unitsOfWork,
  namesAndValues,
  portsAndLifecycle,
]
const brokenStores = modules.flatMap((module): BrokenStore[] => Object.values(module))

/** A fault may keep a test waiting for ever: after so long it has failed. */
const patienceMs = 2_000

function subjectOf({ breakDriver, breakStore }: Partial<BrokenStore>): CreateSubject<unknown> {
  return async (options = {}) => {
    const memory = createMemoryStoreDriver(options.clock ?? systemClock)
    const driver = breakDriver?.(memory, options) ?? memory
    const whole = createStore(driver, options)
    const store = breakStore?.(whole) ?? whole
    return {
      store,
      beginTransaction: () => driver.beginTransaction(),
      [Symbol.asyncDispose]: () => whole.close(),
    } as Awaited<ReturnType<CreateSubject<unknown>>>
  }
}

/** What must pass gets all the time that it takes, on a busy machine as well. */
async function failuresOf(
  create: CreateSubject<unknown>,
  mayFail: (name: string) => boolean = () => false,
): Promise<string[]> {
  const failed: string[] = []
  for (const test of collectTests((runner) => storeConformance(runner, create))) {
    const outcome = await (mayFail(test.name) ? inTime(test) : test.run())
    if (outcome.status === "failed") failed.push(test.name)
  }
  return failed
}

async function inTime(test: CollectedTest): Promise<Outcome> {
  const late = Promise.withResolvers<Outcome>()
  const timer = setTimeout(
    () => late.resolve({ status: "failed", error: new Error("it didn't end") }),
    patienceMs,
  )
  try {
    return await Promise.race([test.run(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

describe("the conformance suites", () => {
  it("pass a store without a fault", async () => {
    assert.deepEqual(await failuresOf(subjectOf({})), [])
  })

  for (const broken of brokenStores) {
    it(`fail a store that ${broken.fault}, in the place meant for it`, { timeout: 60_000 }, async () => {
      const groups = [...broken.alsoFails, "a store and its model"]
      const isMeant = (name: string) => name.endsWith(` › ${broken.foundBy}`)
      const isRelated = (name: string) =>
        groups.some((group) => name.includes(`› ${group} ›`) || name.startsWith(`${group} ›`))
      const failed = await failuresOf(subjectOf(broken), (name) => isMeant(name) || isRelated(name))
      const meant = failed.filter(isMeant)
      assert.equal(
        meant.length,
        1,
        `"${broken.foundBy}" must fail; what failed is ${JSON.stringify(failed, null, 2)}`,
      )
      const unrelated = failed.filter((name) => !isMeant(name) && !isRelated(name))
      assert.deepEqual(unrelated, [], "nothing unrelated fails")
    })
  }
})
