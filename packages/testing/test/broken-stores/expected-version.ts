import type { AppendBatch, Appended, AppendOutcome, ExpectedVersion, StoreSession } from "@annals/core"
import { breakAppend } from "./break-driver.ts"
import type { BrokenStore } from "./broken-store.ts"

/** Who rests on expected versions. */
const related = [
  "append at an expected version",
  "append to several streams",
  "appends at the same time",
  "a codec that chains events",
]

function accepting(keyword: ExpectedVersion): NonNullable<BrokenStore["breakDriver"]> {
  return (driver) =>
    breakAppend(driver, (batch, append) => {
      const streams = batch.streams.map((each) =>
        each.expected === keyword ? { ...each, expected: "any" as const } : each,
      )
      return append({ ...batch, streams })
    })
}

export const ignoresNoStream: BrokenStore = {
  fault: "takes no-stream for any",
  trap: 1,
  breakDriver: accepting("no-stream"),
  foundBy: "refuses no-stream when the stream already has events",
  alsoFails: related,
}

export const ignoresStreamExists: BrokenStore = {
  fault: "takes stream-exists for any",
  trap: 1,
  breakDriver: accepting("stream-exists"),
  foundBy: "refuses stream-exists when the stream has no events",
  alsoFails: related,
}

/** Reads the version, and appends at exactly that one a moment later. */
async function appendAtVersionRead(
  batch: AppendBatch,
  append: (batch: AppendBatch) => Promise<AppendOutcome>,
  session: StoreSession,
): Promise<AppendOutcome> {
  const streams = await Promise.all(
    batch.streams.map(async (each) =>
      each.expected === "any" ? { ...each, expected: await session.streamVersion(each.stream) } : each,
    ),
  )
  await new Promise(setImmediate)
  return append({ ...batch, streams })
}

export const anyConflicts: BrokenStore = {
  fault: "reads the version for any, so that parallel appends conflict",
  trap: 2,
  breakDriver: (driver) => breakAppend(driver, appendAtVersionRead),
  foundBy: "all succeed with any on one stream, and every event is there once",
  alsoFails: [
    ...related,
    "append with the ids of an earlier append",
    "append that uses an id in another way",
    "reading while others append",
    "metadata and causation",
    "lifecycle",
    "a unit of work",
    "the before hook of an append",
    "a plain write while a unit of work of the store is open around it",
  ],
}

export const anyDropsEvents: BrokenStore = {
  fault: "reports success for any where another writer was faster, and drops the events",
  trap: 2,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append, session) => {
      const outcome = await appendAtVersionRead(batch, append, session)
      if (outcome.status !== "version-conflict" || batch.streams.some(({ expected }) => expected !== "any"))
        return outcome
      const head = await session.head()
      const events = batch.streams.flatMap((each) => each.events)
      return {
        status: "appended",
        positions: events.map((_, index) => head + index + 1),
        firstVersions: batch.streams.map(() => outcome.actual + 1),
        recordedAt: batch.recordedAt,
      }
    }),
  foundBy: "all succeed with any on one stream, and every event is there once",
  alsoFails: anyConflicts.alsoFails,
}

export const conflictWithoutActual: BrokenStore = {
  fault: "doesn't know the actual version in a conflict",
  trap: 3,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append) => {
      const outcome = await append(batch)
      return outcome.status === "version-conflict" ? { ...outcome, actual: Number.NaN } : outcome
    }),
  foundBy: "tells stream, expected and actual version in a conflict of 2 with 3",
  alsoFails: [...related, "a unit of work"],
}

export const appendsInParts: BrokenStore = {
  fault: "appends to several streams one by one",
  trap: 10,
  breakDriver: (driver) =>
    breakAppend(driver, async (batch, append) => {
      const parts: Appended[] = []
      for (const stream of batch.streams) {
        const part = await append({ ...batch, streams: [stream] })
        if (part.status !== "appended" && part.status !== "repeated") return part
        parts.push(part)
      }
      return {
        status: parts.every(({ status }) => status === "repeated") ? "repeated" : "appended",
        positions: parts.flatMap(({ positions }) => positions),
        firstVersions: parts.flatMap(({ firstVersions }) => firstVersions),
        recordedAt: parts[0]?.recordedAt ?? batch.recordedAt,
      }
    }),
  foundBy: "records nothing when stream 2 of three has another version",
  alsoFails: [
    "append to several streams",
    "append that uses an id in another way",
    "append on a condition",
    "appends at the same time",
    "reading while others append",
    "a unit of work",
    "the before hook of an append",
  ],
}
