import assert from "node:assert/strict"
import { AsyncLocalStorage } from "node:async_hooks"
import fc from "fast-check"
import { describe, it } from "vitest"
import { LogTail } from "../../src/reading/log-tail.ts"
import { createLogWorld, turn } from "./log-world.ts"

const random = () => 0

describe("the tail of a log", () => {
  it("asks nothing while nobody listens", async () => {
    const { store, clock } = createLogWorld()
    new LogTail({ store })
    await clock.advance(60_000)
    assert.equal(clock.sleepers, 0)
  })

  it("wakes whoever begins to listen once in any case", async () => {
    const { store, clock } = createLogWorld()
    const tail = new LogTail({ store })
    for (const _ of [1, 2, 3]) {
      let woken = 0
      tail.listen(() => woken++)
      await clock.advance(0)
      assert.equal(woken, 1)
    }
  })

  it("wakes on a hint of any source, however often it is polled", async () => {
    const world = createLogWorld()
    const bus = createLogWorld()
    const tail = new LogTail({ store: world.store, wakeUps: [bus.store.wakeUps] })
    let woken = 0
    using _listening = tail.listen(() => woken++)
    await turn()
    for (const source of [world, bus]) {
      woken = 0
      source.hint()
      await turn()
      assert.equal(woken, 1)
    }
  })

  it("finds what no hint told of, by one look for all listeners", async () => {
    const world = createLogWorld()
    const { store, clock } = world
    const tail = new LogTail({ store, random })
    const looksAtWake: number[] = []
    tail.listen(() => looksAtWake.push(world.looked))
    tail.listen(() => looksAtWake.push(world.looked))
    await turn()
    await clock.advance(60_000)
    looksAtWake.length = 0
    const { looked } = world
    world.append()
    await clock.advance(5_000)
    assert.deepEqual(looksAtWake, [looked + 1, looked + 1])
    assert.equal(tail.head, 1)
  })

  it("looks after 100 ms, and at pauses that double up to the longest, with a random part taken off", async () => {
    for (const [random, expected] of [
      [() => 0, [0, 100, 300, 700, 1500, 2500, 3500]],
      [() => 0.8, [0, 80, 240, 560, 1200, 2000, 2800, 3600]],
    ] as const) {
      const { store, clock } = createLogWorld()
      const start = clock.now()
      const looks: number[] = []
      const head = async () => looks.push(clock.now() - start) && 0
      new LogTail({ store: { ...store, head }, pollIntervalMs: 1_000, random }).listen(() => {})
      await turn()
      await clock.advance(3_600)
      assert.deepEqual(looks, expected)
    }
  })

  it("looks again soon after a hint: what it was about may not have been visible yet", async () => {
    const world = createLogWorld()
    const tail = new LogTail({ store: world.store, random })
    let woken = 0
    using _listening = tail.listen(() => woken++)
    await world.clock.advance(20_000)
    world.hint()
    await turn()
    woken = 0
    world.append()
    await world.clock.advance(100)
    assert.equal(woken, 1)
  })

  it("isn't kept from looking by hints without an end", async () => {
    const world = createLogWorld()
    const tail = new LogTail({ store: world.store, random })
    using _listening = tail.listen(() => {})
    await world.clock.advance(20_000)
    world.append()
    for (let passed = 0; passed < 200; passed += 50) {
      world.hint()
      await world.clock.advance(50)
    }
    assert.equal(tail.head, 1)
  })

  it("stops at once with its last listener, and begins again with the next", async () => {
    const world = createLogWorld()
    const tail = new LogTail({ store: world.store })
    const first = tail.listen(() => {})
    const second = tail.listen(() => {})
    await world.clock.asleep()
    first[Symbol.dispose]()
    assert.equal(world.clock.sleepers, 1)
    second[Symbol.dispose]()
    second[Symbol.dispose]()
    await turn()
    assert.deepEqual([world.clock.sleepers, world.listeners.size], [0, 0])
    const woken = Promise.withResolvers<void>()
    using _again = tail.listen(() => woken.resolve())
    await woken.promise
    assert.equal(world.listeners.size, 1)
  })

  it("outlives errors of the store, and shows the last one until a look succeeds", async () => {
    const world = createLogWorld()
    const tail = new LogTail({ store: world.store, random })
    let woken = 0
    using _listening = tail.listen(() => woken++)
    await turn()
    world.hold()
    await world.clock.advance(100)
    world.letGo("fail")
    await turn()
    assert.match(String(tail.lastError), /connection lost/)
    world.append()
    world.release()
    woken = 0
    await world.clock.advance(5_000)
    assert.deepEqual([tail.lastError, tail.head, woken], [undefined, 1, 1])
  })

  it("wakes whoever begins to listen also when the store can't be asked: reading tells them why", async () => {
    const world = createLogWorld()
    world.hold()
    const tail = new LogTail({ store: world.store })
    let woken = 0
    using _listening = tail.listen(() => woken++)
    world.letGo("fail")
    await turn()
    assert.equal(woken, 1)
  })

  it("tells listeners to look for themselves when an answer doesn't come, and doesn't ask again meanwhile", async () => {
    const world = createLogWorld()
    world.hold()
    const tail = new LogTail({ store: world.store })
    let woken = 0
    using _listening = tail.listen(() => woken++)
    await world.clock.advance(30_000)
    assert.deepEqual([woken, world.looked], [3, 1])
  })

  it("closes at once also while a look has no answer, calls nobody afterwards, and takes no more listeners", async () => {
    const world = createLogWorld()
    world.hold()
    const tail = new LogTail({ store: world.store })
    let woken = 0
    tail.listen(() => woken++)
    await world.clock.asleep()
    await Promise.all([tail.close(), tail.close()])
    world.hint()
    world.release()
    await turn()
    assert.deepEqual([woken, world.clock.sleepers, world.listeners.size], [0, 0, 0])
    assert.throws(() => tail.listen(() => {}), { code: "CLOSED" })
  })

  it("calls listeners in the context in which they began to listen", async () => {
    const context = new AsyncLocalStorage<string>()
    const world = createLogWorld()
    const tail = new LogTail({ store: world.store })
    const heard = new Set<string | undefined>()
    const first = context.run("first", () => tail.listen(() => heard.add(context.getStore())))
    const second = context.run("second", () => tail.listen(() => heard.add(context.getStore())))
    await turn()
    assert.deepEqual([...heard], ["first", "second"])
    heard.clear()
    first[Symbol.dispose]()
    context.run("writer", () => world.hint())
    await turn()
    assert.deepEqual([...heard], ["second"])
    second[Symbol.dispose]()
  })

  it("keeps what a reader saw as the head, and never goes back", () => {
    const tail = new LogTail({ store: createLogWorld().store })
    assert.equal(tail.head, undefined)
    tail.noteHead(7)
    tail.noteHead(5)
    assert.equal(tail.head, 7)
  })

  it("refuses an interval that is none", () => {
    for (const pollIntervalMs of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => new LogTail({ store: createLogWorld().store, pollIntervalMs }), {
        code: "INVALID_OPTION",
        path: "pollIntervalMs",
      })
    }
  })

  it("loses no wake-up, whatever is lost, late or fails, and in whatever order", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("append", "append with a hint", "hint") },
      { weight: 3, arbitrary: fc.constantFrom("look early", "look late", "look fails") },
      { weight: 2, arbitrary: fc.constantFrom("turn", "wait 50", "wait 3000") },
      { weight: 1, arbitrary: fc.constantFrom("join", "leave") },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = createLogWorld()
        const tail = new LogTail({ store: world.store, random })
        const readers = [createReader(tail, world)]
        world.hold()
        for (const name of steps) await take(name)
        world.release()
        await turn()
        await world.clock.advance(11_000)
        for (const reader of readers) if (!reader.isGone) assert.equal(reader.seen, world.end)
        await tail.close()

        async function take(name: string): Promise<void> {
          if (name.startsWith("append")) world.append()
          if (name.endsWith("hint")) world.hint()
          if (name === "look early") world.letGo("early")
          if (name === "look late") world.letGo("late")
          if (name === "look fails") world.letGo("fail")
          if (name === "turn") await turn()
          if (name.startsWith("wait")) await world.clock.advance(Number(name.slice(5)))
          if (name === "join") readers.push(createReader(tail, world))
          if (name === "leave") readers.find((reader) => !reader.isGone)?.leave()
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** Reads when it is woken, as far as the log goes then; the first time before it listens. */
function createReader(tail: LogTail, world: ReturnType<typeof createLogWorld>) {
  const reader = {
    seen: world.end,
    isGone: false,
    leave() {
      reader.isGone = true
      listening[Symbol.dispose]()
    },
  }
  const listening = tail.listen(() => {
    assert.ok(!reader.isGone)
    reader.seen = world.end
    tail.noteHead(world.end)
  })
  return reader
}
