import { describeStream } from "@annals/core"
import type { AppendRecord, Reading, RunRecord } from "../check/run-record.ts"
import type { Answer, Operation, ReaderFilter } from "./operation.ts"
import type { Outcome } from "./read-outcome.ts"
import type { ReaderProcess } from "./reader-process.ts"
import { matchesFilter, type RoundPlan } from "./round-plan.ts"
import type { WriterProcess } from "./writer-process.ts"

/** What was planned, what the processes saw and answered, and what the store holds, as the check wants it. */
export function recordOfRound(
  plan: RoundPlan,
  writers: readonly WriterProcess[],
  readers: readonly ReaderProcess[],
  outcome: Outcome,
): RunRecord {
  const appends = plan.writers.flatMap(({ lanes }, index) =>
    lanes.flatMap((lane) =>
      lane.map((operation) => appendRecord(operation, writers[index]?.answers.get(operation.name))),
    ),
  )
  const asks = whoAsks(plan)
  return {
    appends,
    stored: outcome.stored,
    streams: outcome.streams,
    readings: readers.map(({ plan: { name, filter }, seen }) => ({
      reader: name,
      seen,
      asksFor: asks(filter),
    })),
    effects: effects(plan, outcome),
  }
}

function effects(plan: RoundPlan, { tallied, checkpoint, messages }: Outcome): RunRecord["effects"] {
  const tallies = plan.writers
    .flatMap(({ lanes }) => lanes.flat())
    .filter(({ kind }) => kind === "tally" || kind === "tally-before")
  const appends = new Set(tallies.map(({ name }) => name))
  return [
    { effect: "the tally", appends, happenedFor: tallied },
    // It only counts: it went one step for each name in the tally, and any further step belongs to nobody.
    { effect: "the checkpoint", appends, happenedFor: stepsOf(tallied, checkpoint) },
    { effect: "the message", appends, happenedFor: messages },
  ]
}

function stepsOf(tallied: readonly string[], checkpoint: number): string[] {
  return Array.from({ length: checkpoint }, (_, step) => tallied[step] ?? "nobody")
}

/** An append with its answer, if there was one. */
export function appendRecord({ name, kind, appends }: Operation, answer: Answer | undefined): AppendRecord {
  const facts = appends.flatMap(({ stream, events }) =>
    events.map(({ fact, id }) => ({ fact, id, stream: describeStream(stream) })),
  )
  const [seat] = appends[0]?.events[0]?.tags ?? []
  return {
    name,
    lane: name.slice(0, name.lastIndexOf(".")),
    facts,
    outcome: answer?.outcome ?? "unknown",
    ...(answer?.outcome === "acknowledged" && { positions: answer.positions }),
    ...(kind === "booking" && seat !== undefined && { exclusive: seat }),
  }
}

/** Which facts a reader asks for, by what was planned: what is stored may be wrong. */
function whoAsks(plan: RoundPlan): (filter: ReaderFilter) => Reading["asksFor"] {
  const asked = new Map(
    plan.writers
      .flatMap(({ lanes }) => lanes.flat(2))
      .flatMap(({ appends }) => appends)
      .flatMap(({ stream, events }) =>
        events.map((event) => [event.fact, { ...event, category: stream.category }]),
      ),
  )
  return (filter) =>
    ({ fact }) => {
      const event = asked.get(fact)
      return event === undefined || matchesFilter(filter, event.category, event.type, event.tags)
    }
}
