import type { JsonValue, NewStoredEvent, StreamKey } from "@annals/core"
import { breakAppend, breakReads } from "./break-driver.ts"
import type { BrokenStore } from "./broken-store.ts"

export const leaksTenants: BrokenStore = {
  fault: "forgets the tenant when it filters by something else",
  breakDriver: (driver) =>
    breakReads(driver, (session) => ({
      readAll: ({ tenant, ...filter }, range) =>
        session.readAll(Object.keys(filter).length > 0 || tenant === undefined ? filter : { tenant }, range),
    })),
  foundBy: "don't see each other's events in any read",
  alsoFails: ["tenants", "append on a condition", "metadata and causation"],
}

/** A collation that doesn't tell "A" from "a". */
function folded(stream: StreamKey): StreamKey {
  return { ...stream, id: stream.id.toLowerCase() }
}

export const foldsCase: BrokenStore = {
  fault: "compares the ids of streams without regard to case",
  trap: 15,
  breakDriver: (driver) =>
    breakReads(
      breakAppend(driver, (batch, append) =>
        append({
          ...batch,
          streams: batch.streams.map((each) => ({ ...each, stream: folded(each.stream) })),
        }),
      ),
      (session) => ({
        readStream: (stream, range) => session.readStream(folded(stream), range),
        streamVersion: (stream) => session.streamVersion(folded(stream)),
      }),
    ),
  foundBy: "that look alike are different streams",
  alsoFails: ["names"],
}

function rewriting(
  rewrite: (text: string, event: NewStoredEvent) => string,
): NonNullable<BrokenStore["breakDriver"]> {
  const changed = (event: NewStoredEvent): NewStoredEvent => {
    const { payload } = event
    if (payload.encoding !== "json" || typeof payload.body !== "string") return event
    return { ...event, payload: { ...payload, body: rewrite(payload.body, event) } }
  }
  return (driver) =>
    breakAppend(driver, (batch, append) =>
      append({
        ...batch,
        streams: batch.streams.map((each) => ({ ...each, events: each.events.map(changed) })),
      }),
    )
}

export const sortsKeys: BrokenStore = {
  fault: "stores JSON as values, whose keys come back sorted",
  trap: 13,
  breakDriver: rewriting((text) => JSON.stringify(sorted(JSON.parse(text)))),
  foundBy: "keep the order of keys",
  alsoFails: ["values of an event"],
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner as JsonValue)]),
  )
}

export const normalisesText: BrokenStore = {
  fault: "brings text into a normal form",
  trap: 13,
  breakDriver: rewriting((text) => text.normalize("NFC")),
  foundBy: "survive exactly: composed and decomposed letters",
  alsoFails: ["names", "values of an event"],
}

export const revivesDates: BrokenStore = {
  fault: "takes text that looks like a time for one",
  trap: 13,
  breakDriver: rewriting((text) =>
    text.replaceAll(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (_, time: string) => `${Date.parse(time)}`),
  ),
  foundBy: "survive exactly: text that looks like a time",
  alsoFails: [],
}

export const dropsHashes: BrokenStore = {
  fault: "doesn't store what a chaining codec keeps beside the payload",
  breakDriver: (driver) =>
    breakAppend(driver, (batch, append) => {
      const bare = ({ payload: { hash: _hash, ...payload }, ...event }: NewStoredEvent) => ({
        ...event,
        payload,
      })
      return append({
        ...batch,
        streams: batch.streams.map((each) => ({ ...each, events: each.events.map(bare) })),
      })
    }),
  foundBy: "keeps the chain whole under parallel writers with any, none of which is refused",
  alsoFails: ["a codec that chains events"],
}
