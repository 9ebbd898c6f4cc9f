import { once } from "node:events"
import { createServer } from "node:net"
import { Client } from "pg"
import { describe, expect, it } from "vitest"
import { areAlive } from "../src/processes/process-identity.ts"
import { readState } from "../src/state/service-state.ts"
import { temporaryServices } from "./temporary-services.ts"

async function query(url: string | undefined, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe("postgres from start to end", { timeout: 180_000 }, () => {
  it("comes back after a kill with what was committed, at the same URL", async () => {
    await using own = await temporaryServices()
    const { services } = own
    await services.startServices(["postgres"])
    const url = services.serviceUrl("postgres")
    await query(url, "create table kept as select 1 as number")

    await services.killService("postgres")
    await expect(query(url, "select 1")).rejects.toThrow()

    await services.restartService("postgres")
    expect(services.serviceUrl("postgres")).toBe(url)
    expect(await query(url, "select number from kept")).toEqual([{ number: 1 }])
  })

  it("is set up as the stores' tests need it", async () => {
    await using own = await temporaryServices()
    await own.services.startServices(["postgres-oldest"])
    const settings = await query(
      own.services.serviceUrl("postgres-oldest"),
      `select name, setting from pg_settings where name in
       ('fsync', 'max_connections', 'max_prepared_transactions', 'server_encoding') order by name`,
    )
    expect(settings).toEqual([
      { name: "fsync", setting: "on" },
      { name: "max_connections", setting: "200" },
      { name: "max_prepared_transactions", setting: "10" },
      { name: "server_encoding", setting: "UTF8" },
    ])
  })

  it("is gone with all its processes when it is taken down", async () => {
    await using own = await temporaryServices()
    await own.services.startServices(["postgres"])
    const processes = readState(own.folder).services.postgres?.processes ?? []
    const url = own.services.serviceUrl("postgres")
    await own.services.removeServices()
    expect(processes.filter((one) => areAlive([one]))).toEqual([])
    await expect(query(url, "select 1")).rejects.toThrow()
  })

  it("shows the end of its log when it can't start", async () => {
    await using own = await temporaryServices()
    const { services } = own
    await services.startServices(["postgres"])
    // Something else has taken the port while the server was away.
    await services.killService("postgres")
    await using _thief = await listenOn(Number(new URL(services.serviceUrl("postgres") ?? "").port))
    await expect(services.restartService("postgres")).rejects.toThrow(/already in use|already allocated/)
  })
})

async function listenOn(port: number): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1")
  await once(server, "listening")
  return {
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
