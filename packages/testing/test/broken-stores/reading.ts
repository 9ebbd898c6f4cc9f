import { type EventFilter, matchesQuery, type StoredEvent, slotOf } from "@annals/core"
import { breakAppend, breakReads } from "./break-driver.ts"
import type { BrokenStore } from "./broken-store.ts"

const readGroups = [
  "read the whole store",
  "read the whole store page by page",
  "reading while others append",
]

export const endsAtEmptyPage: BrokenStore = {
  fault: "filters a page after reading it, and takes an empty one for the end",
  trap: 30,
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      async readAll(filter, range) {
        const page = await session.readAll({}, range)
        const events = page.events.filter((event) => passes(filter, event))
        return { ...page, events, more: page.more && events.length > 0 }
      },
    })),
  foundBy: "finds the needle behind 250 events that don't pass, in pages of 3",
  alsoFails: [
    ...readGroups,
    "append on a condition",
    "names",
    "tenants",
    "metadata and causation",
    "an event that can't be decoded",
    "event types of a store",
  ],
}

function passes(filter: EventFilter, { type, stream, tags, correlationId }: StoredEvent): boolean {
  return (
    (filter.types?.includes(type) ?? true) &&
    (filter.categories?.includes(stream.category) ?? true) &&
    (filter.tags?.every((tag) => tags.includes(tag)) ?? true) &&
    (filter.query === undefined || matchesQuery(filter.query, { type, tags })) &&
    (filter.tenant === undefined || filter.tenant === stream.tenant) &&
    (filter.slots?.includes(slotOf(stream)) ?? true) &&
    (filter.correlationId === undefined || filter.correlationId === correlationId)
  )
}

export const forgetsProgress: BrokenStore = {
  fault: "makes no progress where a filter lets nothing through",
  trap: 30,
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      async readAll(filter, range) {
        const page = await session.readAll(filter, range)
        return page.more ? page : { ...page, scannedTo: page.events.at(-1)?.position ?? range.from }
      },
    })),
  foundBy: "makes progress also where a filter lets nothing through",
  alsoFails: [...readGroups, "an event that can't be decoded"],
}

export const backwardOffByOne: BrokenStore = {
  fault: "leaves out the first event of a backward read",
  trap: 23,
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      readStream: (stream, range) =>
        session.readStream(
          stream,
          range.direction === "backward" ? { ...range, from: range.from - 1 } : range,
        ),
      readAll: (filter, range) =>
        session.readAll(filter, range.direction === "backward" ? { ...range, from: range.from - 1 } : range),
    })),
  foundBy: "goes on backward from scannedTo",
  alsoFails: ["read a stream", ...readGroups],
}

export const limitOffByOne: BrokenStore = {
  fault: "gives one event more than asked for",
  trap: 23,
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      readStream: (stream, range) => session.readStream(stream, { ...range, limit: range.limit + 1 }),
      readAll: (filter, range) => session.readAll(filter, { ...range, limit: range.limit + 1 }),
    })),
  foundBy: "reads forward in pages no longer than asked for, and says when it has reached the end",
  alsoFails: ["read a stream", ...readGroups, "a codec that chains events", "an event that can't be decoded"],
}

export const repeatsLastOfPage: BrokenStore = {
  fault: "starts the next page at the last event of the one before",
  trap: 23,
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      async readAll(filter, range) {
        const page = await session.readAll(filter, range)
        const stuck = range.direction === "backward" || page.scannedTo - 1 <= range.from
        return stuck ? page : { ...page, scannedTo: page.scannedTo - 1 }
      },
    })),
  foundBy: "misses nothing and repeats nothing when reading goes on from scannedTo",
  alsoFails: [...readGroups, "tenants", "an event that can't be decoded", "a unit of work"],
}

export const ordersByTime: BrokenStore = {
  fault: "orders the whole store by the text of the time of recording",
  trap: 14,
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      async readAll(filter, range) {
        const page = await session.readAll(filter, range)
        const sign = range.direction === "forward" ? 1 : -1
        const byTime = (a: StoredEvent, b: StoredEvent) =>
          `${a.recordedAt}` < `${b.recordedAt}` ? -sign : `${a.recordedAt}` > `${b.recordedAt}` ? sign : 0
        return { ...page, events: page.events.toSorted(byTime) }
      },
    })),
  foundBy: "may have any number of digits: order stays that of recording",
  alsoFails: ["time"],
}

export const skipsWhatCommitsLate: BrokenStore = {
  fault: "reads past a position that is drawn and not yet committed",
  trap: 17,
  breakDriver(driver) {
    const inFlight = new Set<number>()
    const visible = ({ position }: StoredEvent) => !inFlight.has(position)
    const broken = breakAppend(driver, async (batch, append, session) => {
      const head = await session.head()
      const count = batch.streams.reduce((sum, { events }) => sum + events.length, 0)
      // Nobody sees the lower positions of a longer append until a moment after its higher ones.
      const late = Array.from({ length: count - 1 }, (_, index) => head + index + 1)
      for (const position of late) inFlight.add(position)
      try {
        const outcome = await append(batch)
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
        return outcome
      } finally {
        for (const position of late) inFlight.delete(position)
      }
    })
    return {
      ...broken,
      async readAll(filter, range) {
        const page = await driver.readAll(filter, range)
        return { ...page, events: page.events.filter(visible) }
      },
    }
  },
  foundBy: "skips and repeats nothing of everything, page by page from a checkpoint",
  alsoFails: [
    ...readGroups,
    "append on a condition",
    "appends at the same time",
    "a unit of work",
    "the before hook of an append",
    "wake-ups",
  ],
}
