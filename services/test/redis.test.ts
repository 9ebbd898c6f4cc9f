import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { exchange } from "../src/health/exchange.ts"
import { itWithProgram } from "./it-with-program.ts"
import { temporaryServices } from "./temporary-services.ts"

/** Sends a command of plain words and returns what is answered to it. */
async function ask(url: string | undefined, command: string, lines = 1): Promise<string> {
  const { hostname, port, password } = new URL(url ?? "")
  const request = Buffer.from(`AUTH ${password}\r\n${command}\r\n`)
  const isComplete = (answer: Buffer) => `${answer}`.split("\r\n").length > lines + 1
  return `${await exchange({ hostname, port }, request, isComplete)}`.replace("+OK\r\n", "")
}

/** Another one at each start of the server. */
async function runOf(url: string | undefined): Promise<string | undefined> {
  return /run_id:(\w+)/.exec(await ask(url, "INFO server", 10))?.[1]
}

describe("redis from start to end", { timeout: 120_000 }, () => {
  itWithProgram("redis-server")("comes back after a kill with what it had, at the same URL", async () => {
    await using own = await temporaryServices()
    const { services } = own
    await services.startServices(["redis"])
    const url = services.serviceUrl("redis")
    expect(services.canRestart("redis")).toBe(true)
    expect(readFileSync(join(own.folder, "usable"), "utf8")).toBe("redis\n")
    expect(await ask(url, "SET kept yes")).toBe("+OK\r\n")

    await services.killService("redis")
    await expect(services.checkService("redis")).rejects.toThrow()
    expect(services.serviceUrl("redis")).toBe(url)

    await services.restartService("redis")
    expect(services.serviceUrl("redis")).toBe(url)
    expect(await ask(url, "GET kept", 2)).toContain("yes")

    await services.removeServices(["redis"])
    expect(services.serviceUrl("redis")).toBeUndefined()
    expect(readFileSync(join(own.folder, "usable"), "utf8")).toBe("")
    expect(existsSync(join(own.folder, "data", "redis"))).toBe(false)
  })

  itWithProgram("redis-server")("is started once by two that want it at the same time", async () => {
    await using own = await temporaryServices()
    const start = async () => {
      await own.services.startServices(["redis"])
      return runOf(own.services.serviceUrl("redis"))
    }
    const [first, second] = await Promise.all([start(), start()])
    expect(first).toMatch(/\w+/)
    expect(second).toBe(first)
    expect(await start()).toBe(first)
  })

  itWithProgram("redis-server")("comes back by a plain start when it was killed", async () => {
    await using own = await temporaryServices()
    await own.services.startServices(["redis"])
    const url = own.services.serviceUrl("redis")
    await own.services.killService("redis")
    await own.services.startServices(["redis"])
    expect(own.services.serviceUrl("redis")).toBe(url)
    await own.services.checkService("redis")
  })
})
