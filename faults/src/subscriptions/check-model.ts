import { checkReading } from "../check/check-reading.ts"
import type { Findings } from "../check/findings.ts"
import type { StoredFact } from "../check/run-record.ts"
import type { ModelRecord } from "./model-record.ts"

/**
 * A read model is the fold of the log: every event has one row, those of a stream in the order of the stream, and the counts say the same. Its
 * checkpoint has come to the end of the log, so that what isn't there was stepped over.
 */
export function checkModel(
  { subscription, rows, counts }: ModelRecord,
  stored: readonly StoredFact[],
  findings: Findings,
): void {
  const streams = new Set([...stored, ...rows].map(({ stream }) => stream))
  for (const stream of streams) {
    checkReading(
      {
        reader: `${subscription} of ${stream}`,
        seen: rows.filter((row) => row.stream === stream),
        asksFor: (event) => event.stream === stream,
      },
      stored,
      findings,
    )
  }
  checkCounts({ subscription, counts }, stored, findings)
}

function checkCounts(
  { subscription, counts }: Pick<ModelRecord, "subscription" | "counts">,
  stored: readonly StoredFact[],
  findings: Findings,
): void {
  const events = Map.groupBy(stored, ({ stream }) => stream)
  const counted = new Map(counts.map((count) => [count.stream, count]))
  for (const stream of new Set([...events.keys(), ...counted.keys()])) {
    const expected = events.get(stream) ?? []
    const count = counted.get(stream)
    const difference = (count?.events ?? 0) - expected.length
    const what = `${subscription} counted ${count?.events ?? 0} events of ${stream}, not ${expected.length}`
    findings.add("doubled", what, Math.max(difference, 0))
    findings.add("lost", what, Math.max(-difference, 0))
    const lastVersion = Math.max(...expected.map(({ version }) => version))
    if (difference === 0 && count?.lastVersion !== lastVersion) {
      findings.add(
        "disordered",
        `${subscription} took version ${count?.lastVersion} of ${stream} last, not ${lastVersion}`,
      )
    }
  }
}
