import type { Observer } from "@annals/core"

/** Counts the events that a store reads: what snapshots spare. `@annals/telemetry` measures this, and much else. */
export interface ReadCounter {
  readonly observer: Observer
  /** How many events were read while this ran. */
  during(work: () => Promise<unknown>): Promise<number>
}

export function createReadCounter(): ReadCounter {
  let events = 0
  return {
    observer: {
      around: async (operation, run) => {
        const result = await run()
        if (operation.name === "read") events += operation.eventCount ?? 0
        return result
      },
      record: () => {},
    },
    during: async (work) => {
      const before = events
      await work()
      return events - before
    },
  }
}
