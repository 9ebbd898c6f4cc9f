import { deriveId, type StreamId, streamId } from "@annals/core"
import type { Random } from "../harness/random.ts"
import type { Operation, OperationKind, PlannedAppend } from "./operation.ts"

const kinds: readonly OperationKind[] = [
  "note",
  "note",
  "transfer",
  "count",
  "booking",
  "tally",
  "tally-before",
]
const sharedStreams = 3
const accounts = 8
const seats = 6

/** One step of a writer. Ids depend on the round and the step alone. */
export function planOperation(random: Random, round: string, name: string): Operation {
  const kind = random.pick(kinds)
  const append = (
    stream: StreamId,
    type: string,
    events: number,
    tags: readonly string[] = [],
  ): PlannedAppend => ({
    stream,
    events: Array.from({ length: events }, (_, index) => {
      const fact = factOf(name, stream, index)
      return {
        id: deriveId("faults", round, fact),
        type,
        tags: [...tags, index % 2 === 0 ? "even" : "odd"],
        fact,
        filling: planFilling(random),
      }
    }),
  })
  return { name, kind, appends: planAppends(random, kind, name, append) }
}

/**
 * A step that keeps its transaction open for long: in a stream of its own, since the next append to the same stream would wait for it. A note has no
 * tags; a booking takes a seat that only its rival asks for.
 */
export function planHeldOperation(random: Random, round: string, name: string): Operation {
  const stream = streamId("held", name)
  if (random.chance(50)) return heldBooking(round, name, stream)
  return heldOperation("note", round, name, stream, random.between(1, 3), [])
}

/** Books the seat of a held operation, and waits for what becomes of it. */
export function planRival(round: string, name: string): Operation {
  return heldBooking(round, name, streamId("booking", name))
}

function heldBooking(round: string, name: string, stream: StreamId): Operation {
  return heldOperation("booking", round, name, stream, 1, ["seat-held"])
}

function heldOperation(
  kind: "note" | "booking",
  round: string,
  name: string,
  stream: StreamId,
  count: number,
  tags: readonly string[],
): Operation {
  const type = kind === "note" ? "noted" : "booked"
  const events = Array.from({ length: count }, (_, index) => {
    const fact = factOf(name, stream, index)
    return { id: deriveId("faults", round, fact), type, tags, fact, filling: 0 }
  })
  return { name, kind, appends: [{ stream, events }] }
}

/** Begins with the operation's name and `@`. */
function factOf(name: string, stream: StreamId, index: number): string {
  return `${name}@${stream.category}/${stream.id}#${index}`
}

type MakeAppend = (stream: StreamId, type: string, events: number, tags?: readonly string[]) => PlannedAppend

function planAppends(random: Random, kind: OperationKind, name: string, append: MakeAppend): PlannedAppend[] {
  switch (kind) {
    case "note":
      return [append(streamId("note", `${random.between(1, sharedStreams)}`), "noted", random.between(1, 5))]
    case "transfer": {
      const ids = Array.from({ length: accounts }, (_, index) => `${index + 1}`)
      const chosen = random.sample(ids, random.between(2, 4))
      return chosen.map((id) => append(streamId("account", id), "moved", random.between(1, 3)))
    }
    case "count":
      return [append(streamId("counter", `${random.between(1, 2)}`), "counted", 1)]
    case "booking":
      return [append(streamId("booking", name), "booked", 1, [`seat-${random.between(1, seats)}`])]
    case "tally":
    case "tally-before":
      return [append(streamId("tally", "all"), "tallied", random.between(1, 2))]
    default:
      return kind satisfies never
  }
}

/** Now and then more than SQLite keeps in its cache of one page: a large commit takes time to be killed in. */
function planFilling(random: Random): number {
  return random.chance(4) ? random.between(50_000, 200_000) : random.between(0, 500)
}
