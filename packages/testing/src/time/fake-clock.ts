import type { Clock } from "@annals/core"

/** Where a fake clock starts. */
export interface FakeClockOptions {
  /** Epoch milliseconds. Default 1,700,000,000,000 (2023-11-14T22:13:20Z). */
  readonly now?: number
}

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** How many are asleep: wait for it before advancing, so that nobody falls asleep afterwards. */
  readonly sleepers: number
  /**
   * Moves on by so many milliseconds and wakes, in the order of their times, those whose time has come. Each sees its own
   * time as `now()`, and may sleep again within the same advance. Resolves when all of that has settled.
   */
  advance(milliseconds: number): Promise<void>
  /** Sets the time, also backwards, and wakes nobody. */
  set(now: number): void
  /** Resolves once at least so many are asleep. Default 1. */
  asleep(count?: number): Promise<void>
}

interface Sleeper {
  readonly wakeAt: number
  readonly wake: () => void
}

const defaultNow = 1_700_000_000_000

/**
 * Time for tests.
 *
 * @example
 * const clock = createFakeClock()
 * const done = retryWithBackoff(clock)
 * await clock.asleep()
 * await clock.advance(1_000)
 * await done
 */
export function createFakeClock({ now: start = defaultNow }: FakeClockOptions = {}): FakeClock {
  let now = start
  const sleepers = new Set<Sleeper>()
  const watchers = new Set<() => void>()

  function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const sleeper: Sleeper = { wakeAt: now + Math.max(0, milliseconds), wake: settle(resolve) }
      const interrupt = settle(() => reject(signal?.reason))
      function settle(finish: () => void): () => void {
        return () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener("abort", interrupt)
          finish()
        }
      }
      signal?.addEventListener("abort", interrupt)
      sleepers.add(sleeper)
      for (const watcher of watchers) watcher()
    })
  }

  async function advance(milliseconds: number): Promise<void> {
    const target = now + milliseconds
    for (let next = earliest(sleepers, target); next; next = earliest(sleepers, target)) {
      now = Math.max(now, next.wakeAt)
      next.wake()
      await settled()
    }
    now = target
    await settled()
  }

  function asleep(count = 1): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (sleepers.size < count) return
        watchers.delete(check)
        resolve()
      }
      watchers.add(check)
      check()
    })
  }

  return {
    now: () => now,
    sleep,
    advance,
    set: (time) => {
      now = time
    },
    asleep,
    get sleepers() {
      return sleepers.size
    },
  }
}

/** Of those due by `target` the one with the earliest time; among equals the one that fell asleep first. */
function earliest(sleepers: Iterable<Sleeper>, target: number): Sleeper | undefined {
  let first: Sleeper | undefined
  for (const sleeper of sleepers) {
    if (sleeper.wakeAt <= target && (!first || sleeper.wakeAt < first.wakeAt)) first = sleeper
  }
  return first
}

/** A turn of the event loop, in which whatever was woken runs as far as it gets without real waiting. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
