import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { fakeRedis } from "./fixtures/fake-redis.ts"
import { temporaryServices } from "./temporary-services.ts"

describe("a service whose URL the environment gives", () => {
  it("is used as it is, and nothing is started", async () => {
    await using redis = await fakeRedis()
    await using own = await temporaryServices({ ANNALS_REDIS_URL: redis.url })
    await own.services.startServices(["redis"])
    expect(own.services.serviceUrl("redis")).toBe(redis.url)
    expect(existsSync(join(own.folder, "state.json"))).toBe(false)
  })

  it("is neither killed nor restarted", async () => {
    await using redis = await fakeRedis()
    await using own = await temporaryServices({ ANNALS_REDIS_URL: redis.url })
    expect(own.services.canRestart("redis")).toBe(false)
    await expect(own.services.killService("redis")).rejects.toThrow("not ours")
    await expect(own.services.restartService("redis")).rejects.toThrow("not ours")
    await own.services.checkService("redis")
  })

  it("fails to start when it doesn't answer, and says so without its password", async () => {
    const url = "redis://default:s3cret@127.0.0.1:1"
    await using own = await temporaryServices({ ANNALS_REDIS_URL: url })
    const failure = await own.services.startServices(["redis"]).catch((error: Error) => error.message)
    expect(failure).toContain("redis: ")
    expect(failure).toContain("ECONNREFUSED")
    expect(failure).not.toContain("s3cret")
  })
})

describe("a service that nobody started", () => {
  it("has no URL, and can't be killed", async () => {
    await using own = await temporaryServices()
    expect(own.services.serviceUrl("kafka")).toBeUndefined()
    expect(own.services.canRestart("kafka")).toBe(false)
    await expect(own.services.killService("kafka")).rejects.toThrow("kafka was not started here")
    await expect(own.services.checkService("kafka")).rejects.toThrow("pnpm services kafka")
  })
})
