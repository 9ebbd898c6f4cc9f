import {
  createMemoryStoreDriver,
  createStore,
  type EventFilter,
  type EventStore,
  type LogPage,
  type LogRange,
  type MemoryStoreDriver,
  type StoreOptions,
  type WakeUps,
} from "@annals/core"
import { createFakeClock, createFaultyDriver, type FakeClock, type FaultyDriver } from "@annals/testing"
import { createScene, type Scene } from "./scene.ts"
import { settle } from "./waiting.ts"

/** A scene in memory whose clock stands still, and whose reads a test can look at and interfere with. */
export interface MemoryScene extends Scene {
  readonly clock: FakeClock
  readonly faults: FaultyDriver<MemoryStoreDriver>
  /** Every page that was read, with the filter it was read by. */
  readonly reads: readonly {
    readonly filter: EventFilter
    readonly range: LogRange
    readonly page: LogPage
  }[]
  /** How often the log was looked at: its end, or events of it. */
  looks(): number
  /** Runs once after the next page was read and before its reader gets it. */
  duringNextRead(act: () => unknown): void
}

export interface MemorySceneOptions extends StoreOptions {
  /** Instead of the store's own. */
  readonly wakeUps?: WakeUps
}

export function openMemoryScene({ wakeUps, ...options }: MemorySceneOptions = {}): MemoryScene {
  const clock = createFakeClock()
  const inner = createMemoryStoreDriver(clock)
  const reads: { filter: EventFilter; range: LogRange; page: LogPage }[] = []
  let interfere: (() => unknown) | undefined
  const faults = createFaultyDriver({
    ...inner,
    ...(wakeUps && { wakeUps }),
    async readAll(filter: EventFilter, range: LogRange) {
      const page = await inner.readAll(filter, range)
      reads.push({ filter, range, page })
      const act = interfere
      interfere = undefined
      await act?.()
      return page
    },
  })
  const scene = createScene(() => createStore(faults.driver, { ...options, clock }) as EventStore)
  /** A test that failed may leave a handler hanging, which a stop waits for by the clock. */
  const dispose = async () => {
    let isDone = false
    const disposing = Promise.resolve(scene[Symbol.asyncDispose]()).finally(() => {
      isDone = true
    })
    for (await settle(); !isDone; await settle()) await clock.advance(1000)
    await disposing
  }
  return {
    ...scene,
    [Symbol.asyncDispose]: dispose,
    clock,
    faults,
    reads,
    looks: () => faults.calls("readAll") + faults.calls("head"),
    duringNextRead: (act) => {
      interfere = act
    },
  }
}

/** Wake-ups that a test fires by hand. */
export function createManualWakeUps(): WakeUps & { readonly listeners: number; fire(): void } {
  const listeners = new Set<() => void>()
  return {
    listen(listener) {
      const entry = () => listener()
      listeners.add(entry)
      return { [Symbol.dispose]: () => listeners.delete(entry) }
    },
    get listeners() {
      return listeners.size
    },
    fire() {
      for (const listener of [...listeners]) listener()
    },
  }
}
