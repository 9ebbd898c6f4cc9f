import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type NewEvent, type Position, type RecordedEvent, streamId } from "@annals/core"
import { createServices, usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import pg from "pg"
import { afterAll, beforeAll, describe, it } from "vitest"
import { createSharedLog } from "./shared-log.ts"
import { streamNames } from "./stream-names.ts"

const wanted: NewEvent = { type: "wanted", data: null }
const other: NewEvent = { type: "other", data: null }

async function append(
  store: PostgresStore,
  events: readonly NewEvent[] = [wanted],
): Promise<readonly string[]> {
  const [name = ""] = streamNames(1)
  return (await store.append(streamId("account", name), events)).eventIds
}

/** Reads what there is beyond `after`; returns the events and where to go on. */
async function readOn(store: PostgresStore, after: Position, types?: readonly string[]) {
  const events: RecordedEvent[] = []
  let checkpoint = after
  for await (const page of store.readAll({ after, ...(types && { types }) }).pages()) {
    events.push(...page.events)
    checkpoint = page.scannedTo as Position
  }
  return { events, checkpoint }
}

// The repository's own servers are shared with other tests: these die and come back by themselves.
usingService("postgres-oldest", () => {
  describe("readers and servers that die or are replaced", { timeout: 120_000 }, () => {
    let folder: string
    let services: ReturnType<typeof createServices>

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "annals-reading-"))
      services = createServices({ folder, environment: {} })
      await services.startServices(["postgres", "postgres-oldest"])
      for (const service of ["postgres", "postgres-oldest"] as const) await flushSeldom(urlOf(service))
    }, 120_000)

    afterAll(async () => {
      await services.removeServices()
      await rm(folder, { recursive: true, force: true })
    }, 60_000)

    function urlOf(name: "postgres" | "postgres-oldest"): string {
      const url = services.serviceUrl(name)
      assert.ok(url !== undefined)
      return url
    }

    for (const service of ["postgres", "postgres-oldest"] as const) {
      it(`see each event once while ${service} is killed again and again`, async () => {
        await using log = await createSharedLog(urlOf(service))
        const reader = log.open()
        const acknowledged: string[] = []
        let isWriting = true
        const write = async () => {
          while (isWriting) {
            const ids = await append(log.store, [wanted, other]).catch(() => [])
            acknowledged.push(...ids)
          }
        }
        const seen: string[] = []
        let checkpoint = 0 as Position
        const readMore = async () => {
          const page = await readOn(reader, checkpoint).catch(() => undefined)
          if (page === undefined) return
          seen.push(...page.events.map(({ id }) => id))
          checkpoint = page.checkpoint
        }
        const read = async () => {
          while (isWriting) await readMore()
        }
        const work = Promise.all([write(), write(), read()])
        for (let round = 1; round <= 3; round += 1) {
          const before = acknowledged.length
          while (acknowledged.length < before + 20) await append(log.store).catch(() => {})
          await services.killService(service)
          await services.restartService(service)
        }
        isWriting = false
        await work
        const stored = (await log.store.readAll().toArray()).map(({ id }) => id)
        while (seen.length < stored.length) await readMore()
        assert.deepEqual(seen, stored)
        const kept = new Set(stored)
        assert.deepEqual(
          acknowledged.filter((id) => !kept.has(id)),
          [],
        )
      })

      it(`see events at positions that ${service} draws again after it was killed`, async () => {
        await using log = await createSharedLog(urlOf(service))
        await append(log.store)
        const client = await log.begin()
        const within = log.store.within(client)
        // More than the sequence writes ahead, so that what is on disk knows nothing of the last ones.
        await within.events.append(streamId("account", "undone"), Array<NewEvent>(70).fill(other))
        await log.end(client, "ROLLBACK")
        const whole = await readOn(log.store, 0 as Position)
        const filtered = await readOn(log.store, 0 as Position, ["wanted"])
        const head = await log.store.head()
        await services.killService(service)
        await services.restartService(service)
        await using again = log.open()
        const ids = await append(again)
        for (const after of [whole.checkpoint, filtered.checkpoint, head]) {
          for (const store of [again, log.store]) {
            assert.deepEqual(
              (await readOn(store, after, ["wanted"])).events.map(({ id }) => id),
              ids,
            )
            assert.deepEqual(
              (await readOn(store, after)).events.map(({ id }) => id),
              ids,
            )
          }
        }
      })
    }

    it("see everything of a dump of version 13 in new servers, and what is appended there comes above it", async (context) => {
      const version = await output("pg_dump", ["--version"], "").catch(() => undefined)
      if (version === undefined && !process.env.CI)
        context.skip("pg_dump was not found (Debian: postgresql-client)")
      await using log = await createSharedLog(urlOf("postgres-oldest"))
      for (let count = 0; count < 20; count += 1) await append(log.store, [wanted, other])
      const client = await log.begin()
      await log.store.within(client).events.append(streamId("account", "undone"), [other, other])
      const dump = await output("pg_dump", ["--schema", `"${log.schema}"`], urlOf("postgres-oldest"))
      await log.end(client, "ROLLBACK")
      const stored = await log.store.readAll().toArray()
      const head = await log.store.head()

      const target = createServices({ folder: join(folder, "restored"), environment: {} })
      await target.startServices(["postgres", "postgres-oldest"])
      try {
        for (const name of ["postgres", "postgres-oldest"] as const) {
          const url = target.serviceUrl(name) ?? ""
          await output("psql", ["--set", "ON_ERROR_STOP=1", "--quiet"], url, dump)
          await using restored = log.open({ connectionString: url })
          assert.deepEqual(await restored.readAll().toArray(), stored)
          assert.equal((await readOn(restored, 0 as Position, ["wanted"])).events.length, 20)
          const ids = await append(restored)
          const { events } = await readOn(restored, head)
          assert.deepEqual(
            events.map(({ id }) => id),
            ids,
          )
        }
      } finally {
        await target.removeServices()
      }
    })
  })
})

/** What no commit has flushed then stays in memory for up to 10 s, and is lost with the server. */
async function flushSeldom(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query("ALTER SYSTEM SET wal_writer_delay = '10s'")
  await client.query("SELECT pg_reload_conf()")
  await client.end()
}

/** What a client program prints. The password goes by the environment, where other users can't see it. */
async function output(program: string, args: readonly string[], url: string, input = ""): Promise<string> {
  const { hostname, port, username, password, pathname } =
    url === "" ? new URL("postgres://localhost/") : new URL(url)
  const env = {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  }
  const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] })
  const printed = { stdout: "", stderr: "" }
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      printed[stream] += text
    })
  }
  child.stdin.end(input)
  const [code] = await once(child, "close")
  assert.equal(code, 0, `${program}: ${printed.stderr}`)
  return printed.stdout
}
