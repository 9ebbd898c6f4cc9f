import type { Findings } from "./findings.ts"
import type { RunRecord, StoredFact } from "./run-record.ts"

/** Positions ascend, versions of each stream count from 1 in their order, and a stream read by itself says the same. */
export function checkStreams({ stored, streams }: RunRecord, findings: Findings): void {
  checkPositions(stored, findings)
  const inLog = Map.groupBy(stored, ({ stream }) => stream)
  for (const [stream, events] of inLog) checkVersions(stream, events, findings)
  for (const stream of new Set([...inLog.keys(), ...streams.keys()])) {
    compareStream(stream, inLog.get(stream) ?? [], streams.get(stream) ?? [], findings)
  }
}

function checkPositions(stored: readonly StoredFact[], findings: Findings): void {
  let last = 0
  for (const { fact, position } of stored) {
    if (position <= last) findings.add("disordered", `${fact} is stored at ${position}, after ${last}`)
    last = position
  }
}

function checkVersions(stream: string, events: readonly StoredFact[], findings: Findings): void {
  for (const [index, { fact, version, requiredVersion }] of events.entries()) {
    if (version !== index + 1) {
      findings.add("disordered", `${fact} has version ${version}, and is number ${index + 1} of ${stream}`)
    }
    if (requiredVersion !== undefined && version !== requiredVersion + 1) {
      findings.add(
        "disordered",
        `${fact} required version ${requiredVersion} of ${stream}, and got ${version}`,
      )
    }
  }
}

function compareStream(
  stream: string,
  inLog: readonly StoredFact[],
  byItself: readonly StoredFact[],
  findings: Findings,
): void {
  const ids = new Set(byItself.map(({ id }) => id))
  for (const { id, fact } of inLog) {
    if (!ids.delete(id)) findings.add("lost", `${fact} is in the log, and not in its stream ${stream}`)
  }
  for (const id of ids) findings.add("lost", `${id} is in stream ${stream}, and not in the log`)
  if (inLog.length === byItself.length && inLog.some(({ id }, index) => byItself[index]?.id !== id)) {
    findings.add("disordered", `${stream} has another order by itself than in the log`)
  }
}
