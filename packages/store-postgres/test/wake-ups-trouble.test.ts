import assert from "node:assert/strict"
import { AsyncLocalStorage } from "node:async_hooks"
import { createFakeClock } from "@annals/testing"
import fc from "fast-check"
import { describe, it } from "vitest"
import type { ListenHandlers } from "../src/wake-ups/listen-connection.ts"
import { PostgresWakeUps, type PostgresWakeUpsConfig } from "../src/wake-ups/postgres-wake-ups.ts"
import { wakeUpDefaults } from "../src/wake-ups/wake-up-options.ts"
import { turns } from "./wake-ups/turns.ts"

const never = <T>() => new Promise<T>(() => {})

/** Wake-ups on a server that answers at once, unless `config` says what else it does. */
function setUp(config: Partial<PostgresWakeUpsConfig> = {}) {
  const clock = createFakeClock()
  const warnings: string[] = []
  const ignore = () => {}
  const wakeUps = new PostgresWakeUps({
    head: async () => 0,
    notify: async () => {},
    connect: never,
    settings: { ...wakeUpDefaults, listen: false },
    handleId: "own",
    clock,
    random: () => 0,
    logger: { debug: ignore, info: ignore, warn: (message) => warnings.push(message), error: ignore },
    ...config,
  })
  wakeUps.start()
  return { clock, wakeUps, warnings }
}

/** A server that accepts connections which hear what is notified through `hear`. */
function createServer() {
  const connections: { handlers: ListenHandlers; closed: boolean }[] = []
  return {
    connections,
    hear: (payload: string) => {
      for (const { handlers, closed } of connections) if (!closed) handlers.notified(payload)
    },
    connect: async (handlers: ListenHandlers) => {
      const connection = { handlers, closed: false }
      connections.push(connection)
      return {
        close: async () => {
          connection.closed = true
        },
      }
    },
  }
}

const listening = { ...wakeUpDefaults, listen: true }

describe("looking at the log", () => {
  it("wakes at first, when the end has moved, and not when it hasn't", async () => {
    let head = 7
    const { clock, wakeUps } = setUp({ head: async () => head })
    let woken = 0
    using _listening = wakeUps.listen(() => woken++)
    await turns()
    assert.equal(woken, 1)
    await clock.advance(1_000)
    assert.equal(woken, 1)
    head = 8
    await clock.advance(250)
    assert.equal(woken, 2)
  })

  it("asks no second time while an answer is missing, and sends the listeners to see for themselves", async () => {
    let looks = 0
    const { clock, wakeUps } = setUp({
      head: () => {
        looks++
        return never()
      },
    })
    let woken = 0
    using _listening = wakeUps.listen(() => woken++)
    await turns()
    await clock.advance(9_999)
    assert.equal(woken, 0)
    await clock.advance(1)
    assert.equal(woken, 1)
    await clock.advance(10_000)
    assert.deepEqual([looks, woken], [1, 2])
    await wakeUps.stop()
    assert.equal(clock.sleepers, 0)
  })

  it("becomes rarer while it fails, but not rarer than every two seconds", async () => {
    const times: number[] = []
    const { clock, wakeUps } = setUp({
      head: () => {
        times.push(clock.now())
        throw new Error("no route to the server")
      },
    })
    using _listening = wakeUps.listen(() => {})
    await turns()
    await clock.advance(10_000)
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    assert.deepEqual(pauses, [500, 1_000, 2_000, 2_000, 2_000, 2_000])
  })
})

describe("listening", () => {
  it("takes any notification for a hint, but those of this handle and checks of others", async () => {
    const server = createServer()
    const { wakeUps } = setUp({ ...server, settings: listening })
    let woken = 0
    using _listening = wakeUps.listen(() => woken++)
    await turns()
    for (const [payload, hints] of [
      ["", 1],
      ["other", 1],
      ["by hand: look!", 1],
      ["own", 0],
      ["own?1", 0],
      ["other?1", 0],
    ] as const) {
      const before = woken
      server.hear(payload)
      await turns()
      assert.equal(woken - before, hints, payload)
    }
  })

  it("gives up a connection that doesn't open, tries again, and closes one that opens too late", async () => {
    const server = createServer()
    const late = Promise.withResolvers<void>()
    let attempts = 0
    const { clock, wakeUps, warnings } = setUp({
      connect: async (handlers) => {
        if (++attempts === 1) await late.promise
        return server.connect(handlers)
      },
      settings: listening,
    })
    using _listening = wakeUps.listen(() => {})
    await turns()
    await clock.advance(15_000)
    assert.deepEqual(warnings, ["LISTEN doesn't get through: polling every 250 ms"])
    await clock.advance(200)
    assert.equal(attempts, 2)
    late.resolve()
    await turns()
    assert.deepEqual(
      server.connections.map(({ closed }) => closed),
      [false, true],
    )
  })

  it("isn't condemned by a check that couldn't be sent", async () => {
    const server = createServer()
    let canSend = false
    const { clock, wakeUps, warnings } = setUp({
      ...server,
      notify: async (payload) => {
        if (!canSend) throw new Error("no connection to be had")
        server.hear(payload)
      },
      settings: listening,
    })
    using _listening = wakeUps.listen(() => {})
    await turns()
    await clock.advance(120_000)
    canSend = true
    await clock.advance(120_000)
    canSend = false
    await clock.advance(120_000)
    assert.equal(server.connections.length, 1)
    assert.deepEqual(warnings, [])
  })

  it("is checked by one notification at a time, also when the server doesn't answer", async () => {
    const server = createServer()
    let sent = 0
    const { clock, wakeUps } = setUp({
      ...server,
      notify: () => {
        sent++
        return never()
      },
      settings: listening,
    })
    using _listening = wakeUps.listen(() => {})
    await turns()
    await clock.advance(600_000)
    assert.equal(sent, 1)
  })

  it("is tried again after pauses that grow up to ten minutes, where nothing arrives", async () => {
    const server = createServer()
    const times: number[] = []
    const { clock, wakeUps, warnings } = setUp({
      connect: (handlers) => {
        times.push(clock.now())
        return server.connect(handlers)
      },
      settings: listening,
    })
    using _listening = wakeUps.listen(() => {})
    await turns()
    await clock.advance(1_871_000)
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0) - 5_000)
    assert.deepEqual(pauses, [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000])
    assert.equal(warnings.length, 1)
    assert.equal(server.connections.filter(({ closed }) => !closed).length, 1)
  })
})

describe("a listener", () => {
  it("runs in the context in which it began to listen", async () => {
    const context = new AsyncLocalStorage<string>()
    const { wakeUps } = setUp()
    const seen: unknown[] = []
    using _listening = context.run("listener", () => wakeUps.listen(() => seen.push(context.getStore())))
    await turns()
    context.run("writer", () => wakeUps.committed())
    await turns()
    assert.deepEqual(seen, ["listener", "listener"])
  })

  it("is left alone once it has ended, also when a hint is on its way", async () => {
    const { clock, wakeUps } = setUp()
    let woken = 0
    const ended = wakeUps.listen(() => woken++)
    wakeUps.committed()
    ended[Symbol.dispose]()
    await clock.advance(1_000)
    assert.equal(woken, 0)
  })
})

describe("notifying", () => {
  it("isn't waited for, and stopping waits a second at most", async () => {
    let sent = 0
    const { clock, wakeUps } = setUp({
      notify: () => {
        sent++
        return never()
      },
      settings: listening,
    })
    for (let append = 0; append < 10; append++) wakeUps.committed()
    await clock.advance(60_000)
    assert.equal(sent, 1)
    let isStopped = false
    wakeUps.stop().then(() => {
      isStopped = true
    })
    await clock.advance(999)
    assert.equal(isStopped, false)
    await clock.advance(1)
    assert.equal(isStopped, true)
  })

  it("follows every append, at most once in 5 ms and never twice at a time", async () => {
    const step = fc.oneof(fc.constant("append" as const), fc.integer({ min: 1, max: 50 }))
    const run = async (steps: readonly ("append" | number)[], answerMs: number) => {
      const sends: { from: number; to: number }[] = []
      const { clock, wakeUps } = setUp({
        notify: async () => {
          const send = { from: clock.now(), to: Number.POSITIVE_INFINITY }
          sends.push(send)
          await clock.sleep(answerMs)
          send.to = clock.now()
        },
        settings: listening,
      })
      const appends: number[] = []
      for (const each of steps) {
        if (each !== "append") await clock.advance(each)
        else {
          appends.push(clock.now())
          wakeUps.committed()
        }
      }
      await clock.advance(1_000)
      for (const append of appends) {
        assert.ok(sends.some(({ from }) => from >= append && from <= append + 2 * (answerMs + 5)))
      }
      for (const [index, { from }] of sends.entries()) {
        const last = sends[index - 1]
        assert.ok(last === undefined || from >= last.to + 5)
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 60 }), run),
      {
        numRuns: 50,
      },
    )
  })
})
