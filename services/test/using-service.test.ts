import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { fakeRedis } from "./fixtures/fake-redis.ts"

const vitest = join(dirname(fileURLToPath(import.meta.resolve("vitest/package.json"))), "vitest.mjs")

interface Outcome {
  readonly status: string
  readonly fullName: string
  readonly failureMessages: readonly string[]
}

/** Runs a test file that uses Redis, in this environment, and returns what it reports. */
async function report(environment: Readonly<Record<string, string>>): Promise<readonly Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), "annals-using-service-"))
  const file = join(folder, "results.json")
  const args = [vitest, "run", "--config", "test/fixtures/vitest.config.ts", `--outputFile=${file}`]
  const env = {
    ...process.env,
    TEST_ENVIRONMENT: JSON.stringify(environment),
    TEST_FOLDER: join(folder, "services"),
  }
  try {
    await once(
      spawn(process.execPath, args, { cwd: dirname(import.meta.dirname), env, stdio: "ignore" }),
      "close",
    )
    const { testResults } = JSON.parse(await readFile(file, "utf8"))
    return testResults.flatMap(({ assertionResults }: { assertionResults: Outcome[] }) => assertionResults)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe("a test file that uses a service", { timeout: 60_000 }, () => {
  it("runs its tests when the service answers", async () => {
    await using redis = await fakeRedis()
    const outcomes = await report({ ANNALS_REDIS_URL: redis.url, CI: "1" })
    expect(outcomes).toMatchObject([{ status: "passed", fullName: "on redis runs the body" }])
  })

  it("is reported as skipped, with the reason, when nobody started the service", async () => {
    const [outcome, ...others] = await report({})
    expect(others).toEqual([])
    expect(outcome?.status).toMatch(/skipped|pending/)
    expect(outcome?.fullName).toContain("pnpm services redis")
  })

  it("fails on CI when nobody started the service", async () => {
    const [outcome] = await report({ CI: "1" })
    expect(outcome?.status).toBe("failed")
    expect(outcome?.failureMessages[0]).toContain("redis was not started")
  })

  it("fails everywhere when the service should run and doesn't answer", async () => {
    const [outcome] = await report({ ANNALS_REDIS_URL: "redis://127.0.0.1:1" })
    expect(outcome?.status).toBe("failed")
    expect(outcome?.failureMessages[0]).toContain("redis should run and doesn't answer")
  })
})
