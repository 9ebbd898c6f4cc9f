import type { Findings } from "./findings.ts"
import type { AppendRecord, RunRecord, StoredFact } from "./run-record.ts"
import { byFact, isStored } from "./stored-facts.ts"

type Stored = ReadonlyMap<string, readonly StoredFact[]>

/** Every acknowledged append is there as a whole, once and where it was said to be; nothing else is there. */
export function checkAppends({ appends, stored }: RunRecord, findings: Findings): void {
  const facts = byFact(stored)
  for (const append of appends) {
    checkPresence(append, facts, findings)
    for (const planned of append.facts) {
      const found = facts.get(planned.fact) ?? []
      findings.add(
        "doubled",
        `${planned.fact} is stored ${found.length} times`,
        Math.max(found.length - 1, 0),
      )
    }
    checkPlaces(append, facts, findings)
  }
  checkUnplanned(appends, stored, findings)
  checkLanes(appends, facts, findings)
  checkExclusive(appends, facts, findings)
}

function checkPresence(append: AppendRecord, stored: Stored, findings: Findings): void {
  const missing = append.facts.filter(({ fact }) => !stored.has(fact))
  const present = append.facts.length - missing.length
  if (append.outcome === "refused") {
    findings.add("doubled", `${append.name} was refused, and is stored`, present)
  } else if (append.outcome === "acknowledged") {
    for (const { fact } of missing) findings.add("lost", `${fact} was acknowledged, and is not stored`)
  } else if (present > 0) {
    for (const { fact } of missing)
      findings.add("lost", `${fact} is not stored, and the rest of its append is`)
  }
}

function checkPlaces({ facts, positions }: AppendRecord, stored: Stored, findings: Findings): void {
  for (const [index, { fact, stream, id }] of facts.entries()) {
    const [found, ...more] = stored.get(fact) ?? []
    if (found === undefined || more.length > 0) continue
    const said = positions?.[index]
    if (said !== undefined && said !== found.position) {
      findings.add("disordered", `${fact} was acknowledged at ${said}, and is stored at ${found.position}`)
    }
    if (found.stream !== stream || found.id !== id) {
      findings.add("lost", `${fact} is stored as ${found.id} in ${found.stream}, not as ${id} in ${stream}`)
    }
  }
}

function checkUnplanned(
  appends: readonly AppendRecord[],
  stored: readonly StoredFact[],
  findings: Findings,
): void {
  const planned = new Set(appends.flatMap(({ facts }) => facts.map(({ fact }) => fact)))
  for (const { fact, position } of stored) {
    if (!planned.has(fact)) findings.add("doubled", `${fact} at ${position} was appended by nobody`)
  }
}

/** Who waits for an answer before the next append finds them in that order. */
function checkLanes(appends: readonly AppendRecord[], stored: Stored, findings: Findings): void {
  for (const [lane, ofLane] of Map.groupBy(appends, (append) => append.lane)) {
    let last = 0
    for (const { name, facts } of ofLane) {
      for (const { fact } of facts) {
        const position = stored.get(fact)?.[0]?.position
        if (position === undefined) continue
        if (position <= last)
          findings.add("disordered", `${fact} (${name}) came after ${last} in lane ${lane}`)
        last = position
      }
    }
  }
}

/** One of those that exclude each other happened, if anybody was told that it did, or was refused because of it. */
function checkExclusive(appends: readonly AppendRecord[], stored: Stored, findings: Findings): void {
  const exclusive = appends.filter((append) => append.exclusive !== undefined)
  for (const [name, rivals] of Map.groupBy(exclusive, (append) => append.exclusive)) {
    const winners = rivals.filter((append) => isStored(append, stored))
    findings.add("doubled", `${name} went to ${winners.length} appends`, Math.max(winners.length - 1, 0))
    if (winners.length === 0 && rivals.some(({ outcome }) => outcome === "refused")) {
      findings.add("lost", `${name} was refused to somebody, and nobody has it`)
    }
  }
}
