import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { usingService } from "@annals/services"
import { createFakeClock } from "@annals/testing"
import { Pool } from "pg"
import { describe, it } from "vitest"
import { channelName } from "../src/wake-ups/channel-name.ts"
import { listenSettings } from "../src/wake-ups/open-listen-connection.ts"
import { createLog, openHandle } from "./wake-ups/open-handle.ts"
import { createTcpProxy } from "./wake-ups/tcp-proxy.ts"
import { turns } from "./wake-ups/turns.ts"
import { until } from "./wake-ups/until.ts"

/** A name that has to be quoted, and one so long that its digest stands for it. */
const schemaName = () => `Wake "${randomUUID()}"`
const longSchemaName = () => `wake_${randomUUID()}`.padEnd(63, "x")

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("wake-ups", { timeout: 60_000 }, () => {
      // In these tests the clock stands still unless it is moved: no look at the log but the first can be what wakes.

      for (const schema of [schemaName(), longSchemaName()]) {
        it(`come from another handle by NOTIFY, in a schema called ${schema.length > 60 ? "at length" : "oddly"}`, async () => {
          await using _log = await createLog(url, schema)
          await using reader = openHandle({ url, schema, clock: createFakeClock() })
          await using writer = openHandle({ url, schema, clock: createFakeClock() })
          let woken = 0
          using _listening = reader.wakeUps.listen(() => woken++)
          await reader.settled()
          const before = woken
          await writer.append()
          await until(() => woken > before)
          assert.equal(reader.counts.looks, 1)
        })
      }

      it("come once for all appends of one turn, and not again by the process's own notification", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using handle = openHandle({ url, schema, clock: createFakeClock() })
        let woken = 0
        using _listening = handle.wakeUps.listen(() => woken++)
        await handle.settled()
        const before = woken
        for (let append = 0; append < 100; append++) handle.wakeUps.committed()
        await until(() => handle.counts.heard > 0)
        await turns()
        assert.equal(woken - before, 1)
      })

      it("send one notification at once and one at the end of the interval, however many appends there are", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        const clock = createFakeClock()
        await using reader = openHandle({ url, schema, clock: createFakeClock() })
        await using writer = openHandle({ url, schema, clock })
        using _listening = reader.wakeUps.listen(() => {})
        await reader.settled()
        for (let append = 0; append < 100; append++) writer.wakeUps.committed()
        await until(() => reader.counts.heard === 1)
        await clock.asleep()
        await clock.advance(4)
        assert.equal(writer.counts.sent, 1)
        await clock.advance(1)
        await until(() => reader.counts.heard === 2)
        await clock.asleep()
        await clock.advance(1_000)
        assert.equal(writer.counts.sent, 2)
      })

      it("are told to others also when the process stops right after its last append", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using reader = openHandle({ url, schema, clock: createFakeClock() })
        using _listening = reader.wakeUps.listen(() => {})
        await reader.settled()
        const writer = openHandle({ url, schema, clock: createFakeClock() })
        writer.wakeUps.committed()
        await until(() => reader.counts.heard === 1)
        writer.wakeUps.committed()
        await writer[Symbol.asyncDispose]()
        await until(() => reader.counts.heard === 2)
      })

      it("come after a new connection, when the one that listened was killed", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using admin = openAdmin(url)
        const clock = createFakeClock()
        await using reader = openHandle({ url, schema, clock })
        let woken = 0
        using _listening = reader.wakeUps.listen(() => woken++)
        await reader.settled()
        const before = woken
        await admin.terminate(reader.listenName)
        await until(() => reader.counts.looks === 2) // losing it makes polling look at once
        await reader.answered()
        await clock.advance(200)
        await until(() => reader.counts.checked === 2)
        await turns()
        assert.equal(reader.counts.connected, 2)
        assert.ok(woken > before, "something may have been missed in between")

        await using writer = openHandle({ url, schema, clock: createFakeClock() })
        const [looks, wokenBefore] = [reader.counts.looks, woken]
        await writer.append()
        await until(() => woken > wokenBefore)
        assert.equal(reader.counts.looks, looks)
        assert.deepEqual(reader.logged, [])
      })

      it("come by polling when the connection that listens has died without a word, and by NOTIFY once one works again", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using proxy = await createTcpProxy(url)
        const clock = createFakeClock()
        await using reader = openHandle({
          url,
          listenUrl: proxy.url,
          schema,
          clock,
          safetyPollIntervalMs: 10_000_000,
        })
        await using writer = openHandle({ url, schema, clock: createFakeClock() })
        let woken = 0
        using _listening = reader.wakeUps.listen(() => woken++)
        await reader.settled()
        proxy.freeze()
        await clock.advance(30_000)
        // The check waits for its notification's arrival.
        await until(async () => {
          await clock.advance(1_000)
          return reader.logged.length > 0
        })
        assert.match(reader.logged[0]?.message ?? "", /LISTEN doesn't get through: polling every 250 ms/)
        assert.deepEqual(reader.logged[0]?.fields, { reason: "notifications don't arrive" })

        const before = woken
        await writer.append()
        await until(async () => {
          await clock.advance(250)
          return woken > before
        })

        proxy.thaw()
        const { connects } = reader.counts
        await until(async () => {
          if (reader.counts.connects === connects) await clock.advance(250)
          return reader.counts.checked === 2
        })
        await until(() => reader.logged.length === 2)
        assert.equal(reader.logged[1]?.message, "LISTEN gets through again")
      })

      it("are looked for rarely while LISTEN works, and often while it doesn't", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        for (const [listen, intervalMs] of [
          [true, 2_000],
          [false, 250],
        ] as const) {
          const clock = createFakeClock()
          await using reader = openHandle({ url, schema, clock, listen })
          using _listening = reader.wakeUps.listen(() => {})
          if (listen) await reader.settled()
          await until(() => reader.counts.looks === 1)
          await reader.answered()
          // LISTEN may not have proved itself yet when the first pause began.
          await until(async () => {
            await clock.advance(250)
            return reader.counts.looks === 2
          })
          for (let look = 2; look < 5; look++) {
            await reader.answered()
            await clock.advance(intervalMs - 1)
            assert.equal(reader.counts.looks, look)
            await clock.advance(1)
            assert.equal(reader.counts.looks, look + 1)
          }
          assert.equal(reader.counts.connects, listen ? 1 : 0)
        }
      })

      it("come by polling alone, without LISTEN and NOTIFY", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        const clock = createFakeClock()
        await using reader = openHandle({ url, schema, clock, listen: false })
        await using writer = openHandle({ url, schema, clock: createFakeClock(), listen: false })
        let woken = 0
        using _listening = reader.wakeUps.listen(() => woken++)
        await until(() => woken > 0)
        await writer.append()
        await until(async () => {
          await clock.advance(250)
          return woken > 1
        })
        assert.equal(writer.counts.sent, 0)
        assert.equal(reader.counts.connects, 0)
      })

      it("cost nothing while nobody listens", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using admin = openAdmin(url)
        const clock = createFakeClock()
        await using handle = openHandle({ url, schema, clock })
        await clock.advance(100_000)
        assert.deepEqual([handle.counts.looks, handle.counts.connects, clock.sleepers], [0, 0, 0])

        const listening = [handle.wakeUps.listen(() => {}), handle.wakeUps.listen(() => {})]
        await handle.settled()
        for (const each of listening) each[Symbol.dispose]()
        await until(async () => (await admin.count(handle.listenName)) === 0)
        await until(() => clock.sleepers === 0)
        const { looks } = handle.counts
        await clock.advance(100_000)
        assert.deepEqual([handle.counts.looks, handle.counts.connects], [looks, 1])

        using _again = handle.wakeUps.listen(() => {})
        await until(() => handle.counts.checked === 2)
      })

      it("end promptly, twice if need be, whatever is under way", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using admin = openAdmin(url)
        await using proxy = await createTcpProxy(url)
        const clock = createFakeClock()
        const handles = Array.from({ length: 3 }, () =>
          openHandle({ url, listenUrl: proxy.url, schema, clock }),
        )
        const [idle, frozen, connecting] = handles
        assert.ok(idle && frozen && connecting)
        using _idle = idle.wakeUps.listen(() => {})
        await idle.settled()
        await Promise.all([idle.wakeUps.stop(), idle.wakeUps.stop()])
        using _frozen = frozen.wakeUps.listen(() => {})
        await frozen.settled()
        proxy.freeze()
        using _connecting = connecting.wakeUps.listen(() => {})
        await until(() => proxy.unanswered === 1)
        await Promise.all([frozen.wakeUps.stop(), connecting.wakeUps.stop()])
        assert.equal(clock.sleepers, 0)
        await until(() => proxy.unanswered === 0)
        await until(async () => (await admin.count(idle.listenName)) === 0)
        for (const handle of handles) await handle[Symbol.asyncDispose]()
      })

      it("outlive a server that is gone: nothing is thrown, little is logged, and they come again with it", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        await using proxy = await createTcpProxy(url)
        const clock = createFakeClock()
        await using handle = openHandle({ url: proxy.url, schema, clock })
        let woken = 0
        using _listening = handle.wakeUps.listen(() => woken++)
        await handle.settled()
        await proxy.refuse()
        const { looks, connects } = handle.counts
        await until(async () => {
          handle.wakeUps.committed()
          await clock.advance(1_000)
          return handle.counts.looks > looks + 20 && handle.counts.connects > connects + 10
        })
        assert.deepEqual(handle.logged.map(({ message }) => message).toSorted(), [
          "LISTEN doesn't get through: polling every 250 ms",
          "NOTIFY failed: other processes learn of appends by polling",
        ])

        await using writer = openHandle({ url, schema, clock: createFakeClock() })
        await writer.append()
        await turns(100)
        const before = woken
        await proxy.accept()
        await until(async () => {
          await clock.advance(250)
          return woken > before
        })
      })

      it("don't keep the process from ending", async () => {
        const schema = schemaName()
        await using _log = await createLog(url, schema)
        const program = fileURLToPath(new URL("wake-ups/listen-and-end.ts", import.meta.url))
        const child = spawn(process.execPath, [program, url, schema], {
          stdio: ["ignore", "pipe", "inherit"],
        })
        let output = ""
        child.stdout.setEncoding("utf8").on("data", (text) => {
          output += text
        })
        const [code] = await once(child, "close")
        assert.deepEqual([code, output], [0, "listening"])
      })
    })
  })
}

describe("the connection that listens", () => {
  it("gets also what a pool hides of its settings", () => {
    const pool = new Pool({ host: "db", user: "annals", password: "secret", ssl: { key: "private" } })
    const { host, user, password, ssl } = listenSettings(pool.options)
    assert.deepEqual([host, user, password], ["db", "annals", "secret"])
    assert.equal(typeof ssl === "object" && ssl.key, "private")
  })

  it("keeps settings of the pool, and finds out when the other side is gone", () => {
    const settings = listenSettings(new Pool({ connectionTimeoutMillis: 1_234 }).options)
    assert.equal(settings.connectionTimeoutMillis, 1_234)
    assert.equal(settings.keepAlive, true)
  })
})

describe("the channel", () => {
  it("is called after the schema, within what PostgreSQL takes", () => {
    assert.equal(channelName("annals"), "annals_annals")
    assert.equal(channelName("ü".repeat(28)), `annals_${"ü".repeat(28)}`)
    const long = channelName("ü".repeat(29))
    assert.ok(Buffer.byteLength(long) <= 63)
    assert.notEqual(long, channelName("ü".repeat(30)))
  })
})

interface Admin extends AsyncDisposable {
  terminate(applicationName: string): Promise<void>
  count(applicationName: string): Promise<number>
}

function openAdmin(url: string): Admin {
  const pool = new Pool({ connectionString: url, max: 1 })
  return {
    async terminate(applicationName) {
      await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [
        applicationName,
      ])
    },
    async count(applicationName) {
      const sql = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1"
      return (await pool.query(sql, [applicationName])).rows[0].count
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
