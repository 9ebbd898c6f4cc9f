import { matchesExpected } from "@annals/core"
import { breakAppend } from "./break-driver.ts"
import type { BrokenStore } from "./broken-store.ts"

const repeats = ["append with the ids of an earlier append", "a unit of work", "the before hook of an append"]

export const recordsRepeats: BrokenStore = {
  fault: "records an append twice that is made twice",
  trap: 4,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append) => {
      const outcome = await append(batch)
      if (outcome.status !== "repeated") return outcome
      const twin = (id: string) => `${id.slice(0, -1)}${id.endsWith("f") ? "e" : "f"}`
      const streams = batch.streams.map((each) => ({
        ...each,
        events: each.events.map((event) => ({ ...event, id: twin(event.id) })),
      }))
      return append({ ...batch, streams })
    }),
  foundBy: "returns the first result and records nothing",
  alsoFails: [...repeats, "codecs", "a codec that chains events", "time"],
}

export const repeatAfterVersion: BrokenStore = {
  fault: "looks at expected versions before it looks for a repeat",
  trap: 4,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append, session) => {
      for (const { stream, expected } of batch.streams) {
        const actual = await session.streamVersion(stream)
        if (!matchesExpected(expected, actual))
          return { status: "version-conflict", stream, expected, actual }
      }
      return append(batch)
    }),
  foundBy: "is recognised before its expected version, no-stream, is looked at",
  alsoFails: [...repeats, "append that uses an id in another way", "codecs", "a codec that chains events"],
}

export const firstIdDecides: BrokenStore = {
  fault: "takes an append for a repeat when its first id is recorded",
  trap: 5,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append, session) => {
      const ids = batch.streams.flatMap(({ events }) => events.map(({ id }) => id))
      const [first] = await session.findEvents(batch.tenant, ids.slice(0, 1))
      if (!first) return append(batch)
      return {
        status: "repeated",
        positions: ids.map((_, index) => first.position + index),
        firstVersions: batch.streams.map(() => first.version),
        recordedAt: first.recordedAt,
      }
    }),
  foundBy: "is refused: with a new event behind it",
  alsoFails: [
    "append with the ids of an earlier append",
    "append that uses an id in another way",
    "a unit of work",
    "the before hook of an append",
  ],
}
