import type { Findings } from "./findings.ts"
import type { Reading, StoredFact } from "./run-record.ts"

/** What a reader saw is what it asked for of the log: all of it, once, in order, and nothing that isn't there. */
export function checkReading(
  { reader, seen, asksFor }: Reading,
  stored: readonly StoredFact[],
  findings: Findings,
): void {
  const wanted = new Map(stored.filter(asksFor).map((event) => [event.id, event]))
  const met = new Set<string>()
  let last = 0
  for (const { id, position } of seen) {
    const event = wanted.get(id)
    const what = `${reader} saw ${event?.fact ?? id} at ${position}`
    if (event === undefined) {
      findings.add("lost", `${what}, where it is not, or was not asked for`)
    } else if (met.has(id)) {
      findings.add("doubled", `${what} again`)
    } else if (position !== event.position || position <= last) {
      findings.add("disordered", `${what}, after ${last}; it is stored at ${event.position}`)
    }
    met.add(id)
    last = Math.max(last, position)
  }
  for (const { id, fact, position } of wanted.values()) {
    if (!met.has(id)) findings.add("skipped", `${reader} never saw ${fact} at ${position}`)
  }
}
