import type { Findings } from "./findings.ts"
import type { EffectRecord, RunRecord } from "./run-record.ts"
import { byFact, isStored } from "./stored-facts.ts"

/** An effect happened for each append that is stored, once, in the order of the log; and for no other. */
export function checkEffects(
  { effect, appends, happenedFor }: EffectRecord,
  run: Pick<RunRecord, "appends" | "stored">,
  findings: Findings,
): void {
  const stored = byFact(run.stored)
  const having = run.appends.filter((append) => appends.has(append.name) && isStored(append, stored))
  const factOf = new Map(having.map(({ name, facts }) => [name, facts[0]?.fact]))
  const position = (name: string) => stored.get(factOf.get(name) ?? "")?.[0]?.position ?? 0
  const counts = new Map<string, number>()
  for (const name of happenedFor) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { name } of having) {
    if (!counts.has(name))
      findings.add("lost", `${effect} of ${name} didn't happen, and its append is stored`)
  }
  for (const [name, count] of counts) {
    const allowed = factOf.has(name) ? 1 : 0
    findings.add("doubled", `${effect} of ${name} happened ${count} times, not ${allowed}`, count - allowed)
  }
  const once = happenedFor.filter((name) => counts.get(name) === 1 && factOf.has(name))
  for (const [index, name] of once.entries()) {
    const before = once[index - 1]
    if (before !== undefined && position(before) > position(name)) {
      findings.add("disordered", `${effect} of ${name} happened after that of ${before}`)
    }
  }
}
