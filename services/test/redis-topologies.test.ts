import { describe, expect } from "vitest"
import { askRedis, redisAddress } from "../src/health/ask-redis.ts"
import { itWithProgram } from "./it-with-program.ts"
import { temporaryServices } from "./temporary-services.ts"

describe("several Redis servers", { timeout: 120_000 }, () => {
  itWithProgram("redis-server")("are one cluster, also after a kill", async () => {
    await using own = await temporaryServices()
    await own.services.startServices(["redis-cluster"])
    const address = redisAddress(own.services.serviceUrl("redis-cluster") ?? "")
    expect(await askRedis(address, "CLUSTER", "INFO")).toContain("cluster_size:3")
    await expect(askRedis(address, "SET", "a", "x")).rejects.toThrow("MOVED 15495")
    expect(await askRedis(address, "SET", "b", "kept")).toBe("OK")

    await own.services.restartService("redis-cluster")
    expect(await askRedis(address, "GET", "b")).toBe("kept")
  })

  itWithProgram("redis-server")(
    "are a master and its replica under a sentinel, also after a kill",
    async () => {
      await using own = await temporaryServices()
      await own.services.startServices(["redis-sentinel"])
      const sentinel = redisAddress(own.services.serviceUrl("redis-sentinel") ?? "")
      const masterPort = async () => {
        const info = await askRedis(sentinel, "INFO", "sentinel")
        return /name=annals,status=ok,address=127.0.0.1:(\d+)/.exec(info)?.[1] ?? ""
      }
      const master = { ...sentinel, port: await masterPort() }
      expect(await askRedis(master, "SET", "a", "kept")).toBe("OK")

      await own.services.restartService("redis-sentinel")
      expect(await askRedis({ ...sentinel, port: await masterPort() }, "GET", "a")).toBe("kept")
    },
  )
})
