import { usingService } from "@annals/services"
import { Client } from "pg"
import { describe, expect, it } from "vitest"
import { ask } from "../../src/postgres/ask.ts"
import {
  terminateBackend,
  terminateBackends,
  untilCommitHangs,
  untilGone,
} from "../../src/postgres/backends.ts"
import { BreakingWire } from "../../src/postgres/breaking-wire.ts"
import { Bystander } from "../../src/postgres/bystander.ts"
import type { PostgresServer } from "../../src/postgres/postgres-server.ts"
import { useServer } from "./test-server.ts"

let server: () => PostgresServer

async function connect(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url })
  client.on("error", () => {})
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end().catch(() => {}) })
}

async function pidOf(client: Client): Promise<number> {
  return (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0]?.pid as number
}

/** Does this in a transaction whose commit is done, and never answered. */
async function hangAtCommit(client: Client, text: string) {
  const pid = await pidOf(client)
  await client.query("BEGIN")
  await client.query("SET LOCAL synchronous_commit = on")
  await client.query(text)
  const committed = client.query("COMMIT")
  committed.catch(() => {})
  await untilCommitHangs(server().url, pid)
  return { pid, committed }
}

async function untilAsked(pid: number): Promise<void> {
  const text = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'"
  while ((await ask(server().url, text, [pid])).length === 0);
}

async function names(table: string): Promise<string[]> {
  return (await ask<{ name: string }>(server().url, `SELECT name FROM ${table} ORDER BY name`)).map(
    ({ name }) => name,
  )
}

usingService("postgres", () => {
  server = useServer()

  describe("a connection that the server ends", { timeout: 60_000 }, () => {
    it("takes its transaction with it", async () => {
      await ask(server().url, "CREATE TABLE open (name text)")
      await using client = await connect(server().url)
      const pid = await pidOf(client)
      await client.query("BEGIN")
      await client.query("INSERT INTO open VALUES ('a')")
      await terminateBackend(server().url, pid)
      await expect(client.query("COMMIT")).rejects.toThrow()
      expect(await names("open")).toEqual([])
    })

    it("at a commit that hangs leaves what it committed, and no answer", async () => {
      await ask(server().url, "CREATE TABLE unheard (name text)")
      await using client = await connect(server().url)
      const { pid, committed } = await hangAtCommit(client, "INSERT INTO unheard VALUES ('a')")
      await terminateBackend(server().url, pid)
      await expect(committed).rejects.toThrow()
      expect(await names("unheard")).toEqual(["a"])
    })

    it("is found by its name, and gone when the server says so", async () => {
      const url = `${server().url}?application_name=named`
      await using one = await connect(url)
      await using other = await connect(url)
      await terminateBackends(server().url, "named")
      await untilGone(server().url, ["named"])
      for (const client of [one, other]) await expect(client.query("SELECT 1")).rejects.toThrow()
    })
  })

  describe("a server that is killed", { timeout: 60_000 }, () => {
    it("comes back with what was committed, and without what wasn't, whoever heard of it", async () => {
      await ask(server().url, "CREATE TABLE killed (name text)")
      await ask(server().url, "INSERT INTO killed VALUES ('acknowledged')")
      await using open = await connect(server().url)
      await open.query("BEGIN")
      await open.query("INSERT INTO killed VALUES ('open')")
      await using unheard = await connect(server().url)
      const { committed } = await hangAtCommit(unheard, "INSERT INTO killed VALUES ('unheard')")
      await server().killAndRestart()
      await expect(committed).rejects.toThrow()
      expect(await names("killed")).toEqual(["acknowledged", "unheard"])
    })

    it("is killed as often as it was said, one after the other", async () => {
      await Promise.all([server().killAndRestart(), server().killAndRestart()])
      expect(await ask(server().url, "SELECT 1 AS one")).toEqual([{ one: 1 }])
    })

    it("has the transaction of a bystander again that begins again", async () => {
      await using bystander = new Bystander(server().url)
      const open = async () =>
        (await ask(server().url, "SELECT FROM pg_stat_activity WHERE state = 'idle in transaction'")).length
      await bystander.begin()
      expect(await open()).toBe(1)
      await server().killAndRestart()
      await bystander.begin()
      expect(await open()).toBe(1)
    })
  })

  describe("a wire", { timeout: 60_000 }, () => {
    async function through(wire: BreakingWire): Promise<Client & AsyncDisposable> {
      const url = new URL(server().url)
      url.port = `${wire.port}`
      return connect(url.href)
    }

    it("hands on whatever is said, however long", async () => {
      await using wire = await BreakingWire.open(server().url)
      await using client = await through(wire)
      const long = "x".repeat(1_000_000)
      expect((await client.query("SELECT $1 AS long", [long])).rows).toEqual([{ long }])
    })

    it("breaks under the answer to what it was told, when the server has done it, and once", async () => {
      await ask(server().url, "CREATE TABLE lost (name text)")
      await using wire = await BreakingWire.open(server().url)
      await using client = await through(wire)
      const broken = wire.breakUnderAnswer("b@")
      await client.query("INSERT INTO lost VALUES ($1)", ["a@1"])
      await expect(client.query("INSERT INTO lost VALUES ($1)", ["b@1"])).rejects.toThrow()
      await broken
      await using next = await through(wire)
      await next.query("INSERT INTO lost VALUES ($1)", ["b@2"])
      expect(await names("lost")).toEqual(["a@1", "b@1", "b@2"])
    })

    it("has nothing left to break where the connection ended before the answer", async () => {
      await ask(server().url, "CREATE TABLE lost_already (name text)")
      await using wire = await BreakingWire.open(server().url)
      await using client = await through(wire)
      const pid = await pidOf(client)
      const broken = wire.breakUnderAnswer("b@")
      const asked = client.query("SELECT pg_sleep(600), $1", ["b@1"])
      asked.catch(() => {})
      await untilAsked(pid)
      await terminateBackend(server().url, pid)
      await expect(asked).rejects.toThrow()
      await broken
      await using next = await through(wire)
      expect((await next.query("SELECT $1 AS text", ["b@2"])).rows).toEqual([{ text: "b@2" }])
    })

    it("waits for the end of a transaction", async () => {
      await ask(server().url, "CREATE TABLE lost_later (name text)")
      await using wire = await BreakingWire.open(server().url)
      await using client = await through(wire)
      void wire.breakUnderAnswer("b@")
      await client.query("BEGIN")
      await client.query("INSERT INTO lost_later VALUES ($1)", ["b@1"])
      await expect(client.query("COMMIT")).rejects.toThrow()
      expect(await names("lost_later")).toEqual(["b@1"])
    })
  })
})
