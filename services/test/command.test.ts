import { spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runToEnd } from "../src/processes/run-to-end.ts"
import { fakeRedis } from "./fixtures/fake-redis.ts"

const main = join(import.meta.dirname, "..", "src", "main.ts")

describe("the command", () => {
  it("prints the URL of what was asked for, and nothing else, from any folder", async () => {
    await using redis = await fakeRedis()
    const output = await runToEnd({
      program: process.execPath,
      args: [main, "redis"],
      cwd: tmpdir(),
      env: { ANNALS_REDIS_URL: redis.url },
    })
    expect(output).toBe(`ANNALS_REDIS_URL=${redis.url}\n`)
  })

  it.each([[["mysql"]], [["down", "mysql"]]])("names the services that there are, for %s", (args) => {
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" })
    expect(status).toBe(1)
    expect(stderr).toContain("no such service: mysql. There are postgres, postgres-oldest")
    expect(stderr).not.toContain("    at ")
  })

  it("ends with 1 and the reason when a service can't be had", () => {
    const env = { ...process.env, ANNALS_REDIS_URL: "redis://127.0.0.1:1" }
    const { status, stderr } = spawnSync(process.execPath, [main, "redis"], { encoding: "utf8", env })
    expect(status).toBe(1)
    expect(stderr).toContain("redis: connect ECONNREFUSED")
  })
})
