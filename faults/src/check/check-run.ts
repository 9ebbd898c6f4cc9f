import { checkAppends } from "./check-appends.ts"
import { checkEffects } from "./check-effects.ts"
import { checkReading } from "./check-reading.ts"
import { checkStreams } from "./check-streams.ts"
import { Findings } from "./findings.ts"
import type { RunRecord } from "./run-record.ts"

/** Compares everything that was acknowledged with everything that was stored and seen. */
export function checkRun(run: RunRecord): Findings {
  const findings = new Findings()
  checkAppends(run, findings)
  checkStreams(run, findings)
  for (const reading of run.readings) checkReading(reading, run.stored, findings)
  for (const effect of run.effects) checkEffects(effect, run, findings)
  return findings
}
