import { checkRun } from "../../src/check/check-run.ts"
import type { AppendRecord, Reading, RunRecord, StoredFact } from "../../src/check/run-record.ts"

/** One event of a stream `s`, at a position that is also its version. */
export function fact(position: number, more: Partial<StoredFact> = {}): StoredFact {
  return { fact: `f${position}`, id: `id${position}`, stream: "s", position, version: position, ...more }
}

/** An acknowledged append of facts, in a lane of its own. */
export function append(facts: readonly StoredFact[], more: Partial<AppendRecord> = {}): AppendRecord {
  const name = facts.map((each) => each.fact).join("+")
  return {
    name,
    lane: name,
    facts,
    outcome: "acknowledged",
    positions: facts.map((each) => each.position),
    ...more,
  }
}

export function reading(seen: Reading["seen"], more: Partial<Reading> = {}): Reading {
  return { reader: "r0", seen, asksFor: () => true, ...more }
}

/** A run in which the log is as given, each event was acknowledged by itself, and streams say what the log says. */
export function run(stored: readonly StoredFact[], more: Partial<RunRecord> = {}): RunRecord {
  return {
    appends: stored.map((each) => append([each])),
    stored,
    streams: Map.groupBy(stored, ({ stream }) => stream),
    readings: [],
    effects: [],
    ...more,
  }
}

/** What a check finds, without what it doesn't find. */
export function found(record: RunRecord): object {
  return Object.fromEntries(Object.entries(checkRun(record).counts).filter(([, count]) => count > 0))
}
