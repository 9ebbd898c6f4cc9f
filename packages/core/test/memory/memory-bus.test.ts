import {
  type BusConsumer,
  type ConsumerOptions,
  createMemoryBus,
  createMemoryStore,
  defineEvent,
  defineEvents,
  type EventBus,
  type NewEvent,
  type RecordedEvent,
  type,
} from "@annals/core"
import { createFakeClock, type FakeClock } from "@annals/testing"
import { describe, expect, it, vi } from "vitest"

const noted = defineEvent("noted", type<{ n: number }>())

/** Records events in a store of their own: `a1` is the first event of stream `a`. */
async function recorded(...names: string[]): Promise<RecordedEvent[]> {
  await using store = createMemoryStore()
  for (const name of names) {
    const data = { n: Number(name.slice(1)) }
    await store.append({ category: "note", id: name.slice(0, 1) }, [{ type: "noted", data }])
  }
  return store.readAll().toArray()
}

const nameOf = (event: RecordedEvent): string => `${event.stream.id}${event.version}`

interface Fixture extends AsyncDisposable {
  readonly bus: EventBus
  readonly clock: FakeClock
}

function setUp(options: { readonly maxBacklog?: number } = {}): Fixture {
  const clock = createFakeClock()
  const bus = createMemoryBus({ clock, random: () => 0, ...options })
  return { bus, clock, [Symbol.asyncDispose]: () => bus.close() }
}

/** Handles events by writing down their names, failing those in `failing`. */
function recorder(failing: Set<string> = new Set()) {
  const seen: string[] = []
  const handler = (event: RecordedEvent) => {
    seen.push(nameOf(event))
    if (failing.has(nameOf(event))) throw new Error(`can't handle ${nameOf(event)}`)
  }
  return { seen, handler, failing }
}

const handled = (consumer: BusConsumer, count: number) =>
  vi.waitFor(() => expect(consumer.status().handled).toBe(count), { timeout: 30_000, interval: 1 })

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 1 })

describe("delivery", () => {
  it("gives every event to each group, and within a group to one consumer", async () => {
    await using fixture = setUp()
    const [first, second, other] = [recorder(), recorder(), recorder()]
    await fixture.bus.subscribe({ group: "shared", handler: first.handler })
    await fixture.bus.subscribe({ group: "shared", handler: second.handler })
    await fixture.bus.subscribe({ group: "other", handler: other.handler })
    const names = ["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1"]
    await fixture.bus.publish(await recorded(...names))
    await eventually(() => expect([...first.seen, ...second.seen].sort()).toEqual(names))
    await eventually(() => expect(other.seen.toSorted()).toEqual(names))
    expect(first.seen).not.toEqual([])
    expect(second.seen).not.toEqual([])
  })

  it("hands over what was published, and shares nothing with the publisher or other groups", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    const data = { list: [1], bytes: null }
    await store.append({ category: "note", id: "a" }, [
      { type: "noted", data, tags: ["x"], metadata: { actor: "me", own: { deep: true } } },
      { type: "raw", data: new Uint8Array([1, 2]) },
    ])
    const events = await store.readAll().toArray()
    const seen: RecordedEvent[] = []
    const group = (name: string): ConsumerOptions => ({
      group: name,
      handler: (event) => {
        seen.push(structuredClone(event))
        if (event.data instanceof Uint8Array) event.data[0] = 9
        else (event.data as { list: number[] }).list.push(2)
      },
    })
    const one = await fixture.bus.subscribe(group("one"))
    const two = await fixture.bus.subscribe(group("two"))
    await fixture.bus.publish(events)
    await Promise.all([handled(one, 2), handled(two, 2)])
    expect(seen).toHaveLength(4)
    for (const event of events) expect(seen.filter((other) => other.id === event.id)).toEqual([event, event])
  })

  it("keeps for later consumers what a group that exists was sent, and nothing from before it", async () => {
    await using fixture = setUp()
    const [a1, a2, a3] = await recorded("a1", "a2", "a3")
    await fixture.bus.publish([a1 as RecordedEvent])
    const first = await fixture.bus.subscribe({ group: "g", handler: () => {} })
    await first.stop()
    await fixture.bus.publish([a2, a3] as RecordedEvent[])
    const late = recorder()
    await fixture.bus.subscribe({ group: "g", handler: late.handler })
    await eventually(() => expect(late.seen).toEqual(["a2", "a3"]))
  })

  it("refuses to publish, to all groups, when one has a full backlog", async () => {
    await using fixture = setUp({ maxBacklog: 2 })
    const away = await fixture.bus.subscribe({ group: "away", handler: () => {} })
    await away.stop()
    const there = recorder()
    await fixture.bus.subscribe({ group: "there", handler: there.handler })
    await fixture.bus.publish(await recorded("a1"))
    await expect(fixture.bus.publish(await recorded("b1", "b2"))).rejects.toMatchObject({
      code: "BUS_UNAVAILABLE",
      retryable: true,
    })
    await eventually(() => expect(there.seen).toEqual(["a1"]))
  })

  it("keeps no more in flight than it may", async () => {
    await using fixture = setUp()
    let running = 0
    let most = 0
    const consumer = await fixture.bus.subscribe({
      group: "g",
      maxInFlight: 2,
      handler: async () => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
      },
    })
    await fixture.bus.publish(await recorded("a1", "b1", "c1", "d1", "e1"))
    await handled(consumer, 5)
    expect(most).toBe(2)
    expect(consumer.status().inFlight).toBe(0)
  })

  it("handles only the types and categories asked for", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    await store.append({ category: "note", id: "a" }, [
      { type: "noted", data: 1 },
      { type: "erased", data: 2 },
    ])
    await store.append({ category: "book", id: "a" }, [{ type: "noted", data: 3 }])
    const seen: unknown[] = []
    const consumer = await fixture.bus.subscribe({
      group: "g",
      types: ["noted"],
      categories: ["note"],
      handler: ({ data }) => void seen.push(data),
    })
    await fixture.bus.publish(await store.readAll().toArray())
    await handled(consumer, 1)
    expect(seen).toEqual([1])
  })

  it("runs handlers as consequences of the event, outside of the publisher's unit of work", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    const consumer = await fixture.bus.subscribe({
      group: "g",
      handler: async () =>
        void (await store.append({ category: "echo", id: "1" }, [{ type: "heard", data: 1 }])),
    })
    await store.append({ category: "note", id: "a" }, [{ type: "noted", data: 1 }])
    const [cause] = await store.readAll().toArray()
    await store.transaction(async () => fixture.bus.publish([cause as RecordedEvent]))
    await handled(consumer, 1)
    const [effect] = await store.readStream({ category: "echo", id: "1" }).toArray()
    expect(effect?.metadata).toMatchObject({ causationId: cause?.id, correlationId: cause?.id })
  })
})

describe('order "stream"', () => {
  it("handles the events of a stream one after another, whoever takes them", async () => {
    await using fixture = setUp()
    const names = ["a", "b", "c"].flatMap((id) => Array.from({ length: 20 }, (_, n) => `${id}${n + 1}`))
    const ended: string[] = []
    const running = new Set<string>()
    const handler = async (event: RecordedEvent) => {
      expect(running.has(event.stream.id)).toBe(false)
      running.add(event.stream.id)
      await new Promise(setImmediate)
      running.delete(event.stream.id)
      ended.push(nameOf(event))
    }
    for (let n = 0; n < 3; n++) await fixture.bus.subscribe({ group: "g", handler })
    for (const event of await recorded(...names)) {
      await fixture.bus.publish([event])
      if (event.position % 7 === 0) await new Promise(setImmediate) // what comes now meets handlers that run
    }
    await eventually(() => expect(ended).toHaveLength(60))
    for (const id of ["a", "b", "c"]) {
      expect(ended.filter((name) => name.startsWith(id))).toEqual(names.filter((name) => name.startsWith(id)))
    }
  })

  it("holds back the stream of a failing event, and no other, until its backoff is over", async () => {
    await using fixture = setUp()
    const { seen, handler, failing } = recorder(new Set(["a1"]))
    const retry = { attempts: 3, delayMs: 100, maxDelayMs: 150 }
    const consumer = await fixture.bus.subscribe({ group: "g", handler, retry })
    await fixture.bus.publish(await recorded("a1", "a2", "b1", "b2"))
    await fixture.clock.asleep()
    await handled(consumer, 2)
    expect(seen).toEqual(["a1", "b1", "b2"])
    await fixture.clock.advance(100)
    await fixture.clock.asleep()
    await fixture.clock.advance(149)
    expect(seen).toEqual(["a1", "b1", "b2", "a1"])
    failing.clear()
    await fixture.clock.advance(1)
    await handled(consumer, 4)
    expect(seen).toEqual(["a1", "b1", "b2", "a1", "a1", "a2"])
    expect(consumer.status()).toMatchObject({ failed: 2, retried: 2, parked: 0 })
  })

  it("parks a stream after the last attempt, with the events behind it, and replays it in order", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    const { seen, handler, failing } = recorder(new Set(["a2"]))
    const consumer = await fixture.bus.subscribe({
      group: "g",
      handler,
      deadLetters: store.deadLetters,
      retry: { attempts: 1 },
    })
    const events = await recorded("a1", "a2", "a3", "b1", "a4", "a5")
    await fixture.bus.publish(events.slice(0, 5))
    await eventually(() => expect(consumer.status()).toMatchObject({ handled: 2, parked: 3, inFlight: 0 }))
    expect(seen.toSorted()).toEqual(["a1", "a2", "b1"])
    const letters = await consumer.deadLetters.list()
    expect(letters.map(({ event, attempts }) => [nameOf(event), attempts])).toEqual([
      ["a2", 1],
      ["a3", 0],
      ["a4", 0],
    ])
    expect(letters[0]).toMatchObject({ message: "can't handle a2", failedAt: fixture.clock.now() })
    expect(letters[0]?.event).toEqual(events[1])

    seen.length = 0
    expect(await consumer.deadLetters.replay()).toBe(3)
    await eventually(() => expect(consumer.status()).toMatchObject({ failed: 2, inFlight: 0 }))
    expect(seen).toEqual(["a2"])
    expect(await store.deadLetters.parkedStreams("bus:g")).toMatchObject([{ entries: 3, status: "parked" }])

    seen.length = 0
    failing.clear()
    expect(await consumer.deadLetters.replay([events[4]?.id as string])).toBe(3)
    await fixture.bus.publish(events.slice(5))
    await eventually(() => expect(seen).toEqual(["a2", "a3", "a4", "a5"]))
    await eventually(() => expect(consumer.status().inFlight).toBe(0))
    expect(await consumer.deadLetters.list()).toEqual([])
  })

  it("goes on with a stream whose dead letters were discarded", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    const { seen, handler } = recorder(new Set(["a1"]))
    const { deadLetters } = store
    const consumer = await fixture.bus.subscribe({ group: "g", handler, deadLetters, retry: { attempts: 1 } })
    const [a1, a2] = await recorded("a1", "a2")
    await fixture.bus.publish([a1 as RecordedEvent])
    await eventually(() => expect(consumer.status()).toMatchObject({ parked: 1, inFlight: 0 }))
    expect(await consumer.deadLetters.discard([a1?.id as string])).toBe(1)
    await fixture.bus.publish([a2 as RecordedEvent])
    await handled(consumer, 1)
    expect(seen).toEqual(["a1", "a2"])
  })

  it("knows, when it starts, which streams are parked, and takes up a replay that was cut off", async () => {
    await using store = createMemoryStore()
    const { deadLetters } = store
    const failing = recorder(new Set(["a1", "b1"]))
    const events = await recorded("a1", "a2", "b1", "b2")
    {
      await using first = setUp()
      const { bus } = first
      const consumer = await bus.subscribe({ group: "g", ...failing, deadLetters, retry: { attempts: 1 } })
      await bus.publish([events[0], events[2]] as RecordedEvent[])
      await eventually(() => expect(consumer.status()).toMatchObject({ parked: 2, inFlight: 0 }))
    }
    await deadLetters.requeue("bus:g", { category: "note", id: "b" })
    await using second = setUp()
    const later = recorder()
    const consumer = await second.bus.subscribe({ group: "g", ...later, deadLetters })
    await handled(consumer, 1)
    await second.bus.publish([events[1], events[3]] as RecordedEvent[])
    await handled(consumer, 2)
    await eventually(() => expect(consumer.status()).toMatchObject({ parked: 1, inFlight: 0 }))
    expect(later.seen).toEqual(["b1", "b2"])
  })

  it("stops for want of a dead letter store, and leaves the event to the next consumer", async () => {
    await using fixture = setUp()
    const { handler } = recorder(new Set(["a1"]))
    const consumer = await fixture.bus.subscribe({ group: "g", handler, retry: { attempts: 1 } })
    await fixture.bus.publish(await recorded("a1", "a2"))
    await expect(consumer.done).rejects.toMatchObject({
      code: "BUS_FAILED",
      cause: new Error("can't handle a1"),
    })
    expect(consumer.status()).toMatchObject({ state: "failed", handled: 0, inFlight: 0 })
    const next = recorder()
    await fixture.bus.subscribe({ group: "g", ...next })
    await eventually(() => expect(next.seen).toEqual(["a1", "a2"]))
  })

  it("neither loses an event nor passes it while the dead letter store fails", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    let isDown = true
    const deadLetters = {
      ...store.deadLetters,
      park: async (...given: Parameters<typeof store.deadLetters.park>) => {
        if (isDown) throw new Error("the store is down")
        return store.deadLetters.park(...given)
      },
    }
    const { seen, handler } = recorder(new Set(["a1"]))
    const consumer = await fixture.bus.subscribe({ group: "g", handler, deadLetters, retry: { attempts: 1 } })
    await fixture.bus.publish(await recorded("a1", "a2"))
    await fixture.clock.asleep(2)
    expect(consumer.status()).toMatchObject({
      parked: 0,
      inFlight: 1,
      lastError: new Error("the store is down"),
    })
    isDown = false
    await fixture.clock.advance(100)
    await eventually(() => expect(consumer.status()).toMatchObject({ parked: 2, inFlight: 0 }))
    expect(seen).toEqual(["a1"])
  })
})

describe("a group that is created before it has consumers", () => {
  for (const order of ["stream", "none"] as const) {
    it(`is kept what is published, and may be created again, with order ${order}`, async () => {
      await using fixture = setUp()
      await fixture.bus.createGroup("g", { order })
      await fixture.bus.publish(await recorded("a1", "a2"))
      await fixture.bus.createGroup("g", { order })
      const { seen, handler } = recorder()
      await fixture.bus.subscribe({ group: "g", order, handler })
      await eventually(() => expect(seen).toEqual(["a1", "a2"]))
      await expect(fixture.bus.createGroup("g?")).rejects.toMatchObject({ code: "INVALID_NAME" })
      await expect(fixture.bus.createGroup("h", { from: "earliest" })).rejects.toMatchObject({ path: "from" })
    })
  }
})

describe('order "none"', () => {
  it("retries a failing event later, in its group only, and blocks nothing meanwhile", async () => {
    await using fixture = setUp()
    const { seen, handler, failing } = recorder(new Set(["a1"]))
    const other = recorder()
    const consumer = await fixture.bus.subscribe({ group: "g", order: "none", maxInFlight: 1, handler })
    await fixture.bus.subscribe({ group: "other", order: "none", ...other })
    await fixture.bus.publish(await recorded("a1", "a2", "a3"))
    await handled(consumer, 2)
    expect(seen).toEqual(["a1", "a2", "a3"])
    failing.clear()
    await fixture.clock.advance(100)
    await handled(consumer, 3)
    expect(seen).toEqual(["a1", "a2", "a3", "a1"])
    expect(other.seen).toEqual(["a1", "a2", "a3"])
  })

  it("puts an event among the group's dead letters after the last attempt, to be replayed or discarded", async () => {
    await using fixture = setUp()
    const { seen, handler, failing } = recorder(new Set(["a1", "a2"]))
    const retry = { attempts: 2 }
    const consumer = await fixture.bus.subscribe({ group: "g", order: "none", handler, retry })
    const events = await recorded("a1", "a2", "a3")
    await fixture.bus.publish(events)
    await fixture.clock.asleep(2)
    await fixture.clock.advance(100)
    await eventually(() =>
      expect(consumer.status()).toMatchObject({ handled: 1, parked: 2, retried: 2, failed: 4 }),
    )
    const letters = await consumer.deadLetters.list()
    expect(letters.map(({ event, attempts, message }) => [nameOf(event), attempts, message])).toEqual([
      ["a1", 2, "can't handle a1"],
      ["a2", 2, "can't handle a2"],
    ])
    failing.clear()
    seen.length = 0
    expect(await consumer.deadLetters.discard([events[0]?.id as string])).toBe(1)
    expect(await consumer.deadLetters.replay()).toBe(1)
    await handled(consumer, 2)
    expect(seen).toEqual(["a2"])
    expect(await consumer.deadLetters.list()).toEqual([])
  })

  it("leaves a waiting retry, with its count, to whoever consumes when it is due", async () => {
    await using fixture = setUp()
    const attempts: number[] = []
    const options: ConsumerOptions = {
      group: "g",
      order: "none",
      handler: (_event, { attempt }) => {
        attempts.push(attempt)
        throw new Error("no")
      },
      retry: { attempts: 2 },
    }
    const first = await fixture.bus.subscribe(options)
    await fixture.bus.publish(await recorded("a1"))
    await fixture.clock.asleep()
    await first.stop()
    await fixture.clock.advance(100)
    const second = await fixture.bus.subscribe(options)
    await eventually(() => expect(second.status().parked).toBe(1))
    expect(attempts).toEqual([1, 2])
  })
})

describe("events that can't be read", () => {
  const events = defineEvents([noted])

  async function withUnknown(): Promise<RecordedEvent[]> {
    const [a1, a2] = await recorded("a1", "a2")
    return [{ ...(a1 as RecordedEvent), type: "unheard-of" }, a2 as RecordedEvent]
  }

  for (const order of ["stream", "none"] as const) {
    it(`count as failed, without another attempt, with order ${order}`, async () => {
      await using fixture = setUp()
      await using store = createMemoryStore()
      const { seen, handler } = recorder()
      const consumer = await fixture.bus.subscribe({
        group: "g",
        order,
        events,
        handler,
        ...(order === "stream" && { deadLetters: store.deadLetters }),
      })
      await fixture.bus.publish(await withUnknown())
      const behind = order === "stream" ? { parked: 2, handled: 0 } : { parked: 1, handled: 1 }
      await eventually(() => expect(consumer.status()).toMatchObject({ failed: 1, retried: 0, ...behind }))
      expect(seen).toEqual(order === "stream" ? [] : ["a2"])
      const [letter] = await consumer.deadLetters.list()
      expect(letter?.event).toMatchObject({ type: "unheard-of", data: { n: 1 } })
    })

    it(`are left out and reported, or handed over raw, as the policy says, with order ${order}`, async () => {
      await using fixture = setUp()
      const reported: string[] = []
      const skipping = await fixture.bus.subscribe({
        group: "skipping",
        order,
        events,
        handler: () => {},
        unreadable: (event, { code }) => void reported.push(`${event.type} ${code}`),
      })
      const types: string[] = []
      const raw = await fixture.bus.subscribe({
        group: "raw",
        order,
        events,
        handler: (event) => void types.push(event.type),
        unreadable: "raw",
      })
      await fixture.bus.publish(await withUnknown())
      await Promise.all([handled(skipping, 1), handled(raw, 2)])
      expect(reported).toEqual(["unheard-of UNKNOWN_EVENT_TYPE"])
      expect(types).toEqual(["unheard-of", "noted"])
    })
  }
})

describe("a consumer", () => {
  it("takes and retries nothing while it is paused, and goes on when it is resumed", async () => {
    await using fixture = setUp()
    const { seen, handler, failing } = recorder(new Set(["a1"]))
    const consumer = await fixture.bus.subscribe({ group: "g", handler })
    await fixture.bus.publish(await recorded("a1"))
    await fixture.clock.asleep()
    consumer.pause()
    failing.clear()
    await fixture.bus.publish(await recorded("b1"))
    await fixture.clock.advance(100)
    expect(seen).toEqual(["a1"])
    expect(consumer.status()).toMatchObject({ state: "paused", inFlight: 1 })
    consumer.resume()
    await handled(consumer, 2)
    expect(seen.toSorted()).toEqual(["a1", "a1", "b1"])
  })

  it("waits for running handlers when it stops, tells them, and leaves the rest to others", async () => {
    await using fixture = setUp()
    const [started, done]: [string[], string[]] = [[], []]
    const consumer = await fixture.bus.subscribe({
      group: "g",
      maxInFlight: 1,
      handler: (event, { signal }) =>
        new Promise((resolve) => {
          started.push(nameOf(event))
          signal.addEventListener("abort", () => {
            done.push(nameOf(event))
            setImmediate(resolve)
          })
        }),
    })
    await fixture.bus.publish(await recorded("a1", "a2", "b1"))
    await eventually(() => expect(started).toEqual(["a1"]))
    await Promise.all([consumer.stop(), consumer.stop()])
    await consumer.done
    expect(done).toEqual(["a1"])
    expect(consumer.status()).toMatchObject({ state: "stopped", handled: 1, inFlight: 0 })
    const next = recorder()
    await fixture.bus.subscribe({ group: "g", ...next })
    await eventually(() => expect(next.seen.toSorted()).toEqual(["a2", "b1"]))
  })

  for (const order of ["stream", "none"] as const) {
    it(`doesn't blame a handler that gives up because it stops, with order ${order}`, async () => {
      await using fixture = setUp()
      const attempts: number[] = []
      const consumer = await fixture.bus.subscribe({
        group: "g",
        order,
        handler: (_event, { signal, attempt }) =>
          new Promise((_resolve, reject) => {
            attempts.push(attempt)
            signal.addEventListener("abort", () => reject(signal.reason))
          }),
      })
      await fixture.bus.publish(await recorded("a1"))
      await eventually(() => expect(attempts).toEqual([1]))
      await consumer.stop()
      expect(consumer.status()).toMatchObject({ state: "stopped", failed: 0 })
      const options = {
        group: "g",
        order,
        handler: (_: unknown, { attempt }: { attempt: number }) => void attempts.push(attempt),
      }
      const next = await fixture.bus.subscribe(options)
      await handled(next, 1)
      expect(attempts).toEqual([1, 1])
    })
  }

  it("stops at once in the middle of a backoff, or while paused, and the count of attempts goes on", async () => {
    await using fixture = setUp()
    const attempts: number[] = []
    const handler = (_event: RecordedEvent, { attempt }: { readonly attempt: number }) => {
      attempts.push(attempt)
      if (attempt < 3) throw new Error("not yet")
    }
    const first = await fixture.bus.subscribe({ group: "g", handler })
    await fixture.bus.publish(await recorded("a1"))
    await fixture.clock.asleep()
    await first.stop()
    const second = await fixture.bus.subscribe({ group: "g", handler })
    await fixture.clock.asleep()
    second.pause()
    await fixture.clock.advance(200)
    await second.stop()
    const third = await fixture.bus.subscribe({ group: "g", handler })
    await handled(third, 1)
    expect(attempts).toEqual([1, 2, 3])
  })

  it("refuses options that make no sense, and says which", async () => {
    await using fixture = setUp()
    await using store = createMemoryStore()
    const { deadLetters } = store
    const handler = () => {}
    const bad: [Partial<ConsumerOptions<NewEvent>>, string][] = [
      [{ group: "" }, "group"],
      [{ handler: 7 as never }, "handler"],
      [{ order: "fifo" as never }, "order"],
      [{ order: "none", deadLetters }, "deadLetters"],
      [{ maxInFlight: 0 }, "maxInFlight"],
      [{ retry: { attempts: 0 } }, "retry.attempts"],
      [{ retry: { delayMs: -1 } }, "retry.delayMs"],
      [{ types: [] }, "types"],
    ]
    for (const [options, path] of bad) {
      await expect(fixture.bus.subscribe({ group: "g", handler, ...options })).rejects.toMatchObject({ path })
    }
    await fixture.bus.subscribe({ group: "g", handler })
    await expect(fixture.bus.subscribe({ group: "g", handler, order: "none" })).rejects.toMatchObject({
      path: "order",
    })
  })
})

describe("closing the bus", () => {
  it("drains its consumers, and refuses any use afterwards", async () => {
    const { bus, clock } = setUp()
    const { handler } = recorder(new Set(["b1"]))
    const waiting = await bus.subscribe({ group: "waiting", order: "none", handler })
    const consumer = await bus.subscribe({ group: "g", handler })
    const events = await recorded("a1", "b1")
    await bus.publish(events)
    await clock.asleep(2)
    await Promise.all([bus.close(), bus.close()])
    expect([consumer.status().state, waiting.status().state]).toEqual(["stopped", "stopped"])
    expect(clock.sleepers).toBe(0)
    await expect(bus.publish(events)).rejects.toMatchObject({ code: "CLOSED" })
    await expect(bus.subscribe({ group: "g", handler })).rejects.toMatchObject({ code: "CLOSED" })
  })
})
