import { createMemoryStore, type MemoryStore, type Position } from "@annals/core"
import { createFakeClock, type FakeClock } from "@annals/testing"
import { createMeters, type Meters, type Readings } from "./meters.ts"

/** A process with a store whose clock stands still, and what it measures. */
export interface Scene extends AsyncDisposable {
  readonly clock: FakeClock
  readonly store: MemoryStore
  readonly meters: Meters
  /** Closed before the store, in the opposite order. */
  use<Closed extends AsyncDisposable>(closed: Closed): Closed
  /** Moves the clock on until the readings are such that `check` holds. */
  until(check: (readings: Readings) => unknown): Promise<Readings>
}

/** `seen`: see `createMeters`. */
export function openScene(seen: Set<string>): Scene {
  const clock = createFakeClock()
  const meters = createMeters(seen)
  const store = createMemoryStore({ clock, observer: meters.observer })
  const closing = new AsyncDisposableStack()
  closing.use(store)
  return {
    ...{ clock, store, meters },
    use: (closed) => closing.use(closed),
    until: (check) => advanceUntil(clock, meters, check),
    async [Symbol.asyncDispose]() {
      await meters.read()
      await disposeByClock(closing, clock)
    },
  }
}

const stepMs = 100
const limitMs = 600_000

export async function advanceUntil(
  clock: FakeClock,
  meters: Meters,
  check: (readings: Readings) => unknown,
): Promise<Readings> {
  const end = clock.now() + limitMs
  for (;;) {
    await settle()
    const readings = await meters.read()
    if (check(readings)) return readings
    if (clock.now() >= end) throw new Error(`it did not happen within ${limitMs} ms of the fake clock`)
    await clock.advance(stepMs)
  }
}

/** A memory store needs no more than turns of the event loop for anything. */
export async function settle(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What stops may wait by the clock. */
export async function disposeByClock(closing: AsyncDisposable, clock: FakeClock): Promise<void> {
  let isOver = false
  const disposing = Promise.resolve(closing[Symbol.asyncDispose]()).finally(() => {
    isOver = true
  })
  for (await settle(); !isOver; await settle()) await clock.advance(1_000)
  await disposing
}

/** Appends an event for each number; returns the position of the last. */
export async function place(
  store: MemoryStore,
  id: string,
  ...numbers: readonly number[]
): Promise<Position> {
  const events = numbers.map((number) => ({ type: "placed", data: { number } }))
  return (await store.append({ category: "order", id }, events)).position
}

export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
