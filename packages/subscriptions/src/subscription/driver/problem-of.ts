import { isAnnalsError, messageOf } from "@annals/core"
import type { Runtime } from "./runtime.ts"
import type { SubscriptionRun } from "./subscription-run.ts"

/**
 * Why a subscription isn't well, if it isn't: it failed, it waits for an answer that doesn't come, nothing goes right any more, or events wait that nobody
 * reads; or it isn't running. One that is paused or stands by is well, and so is one whose
 * projection is kept by a newer version now: that is no fault of this process.
 */
export function problemOf<Tx>(
  { store, definition, tail }: Runtime<Tx>,
  run: SubscriptionRun<Tx>,
  lastError: unknown,
  stuckAfterMs: number,
): string | undefined {
  const { phase, paused, held, work, reading, backoff, cohorts, unsaved } = run.state
  if (phase === "failed")
    return isSuperseded(run.state.failure) ? undefined : `failed: ${messageOf(lastError)}`
  if (phase === "stopped") return "stopped"
  if (phase !== "running" || paused) return undefined
  const now = store.clock.now()
  const leasesMs = now - (run.leasesSeenAt ?? run.startedAt)
  if (leasesMs >= stuckAfterMs)
    return `no lease could be asked for ${secondsOf(leasesMs)}: ${messageOf(lastError)}`
  const quietMs = now - run.wellAt
  const patience = work === "handle" ? Math.max(stuckAfterMs, definition.timeoutMs * 2) : stuckAfterMs
  if (quietMs < patience) return undefined
  const since = secondsOf(quietMs)
  if (tail.lastError !== undefined) return `the store can't be asked: ${messageOf(tail.lastError)}`
  if (held.length === 0) return undefined
  if (backoff !== undefined) return `nothing went right ${since}: ${messageOf(lastError)}`
  if (work !== undefined) return `no answer ${since} to: ${work}`
  if (reading) return `no answer ${since} to: read`
  const position = cohorts.length === 0 ? 0 : unsaved.position
  return (tail.head ?? 0) > position ? `events wait ${since} that nobody reads` : undefined
}

function secondsOf(milliseconds: number): string {
  return `for ${Math.round(milliseconds / 1000)} s`
}

function isSuperseded(failure: unknown): boolean {
  return isAnnalsError(failure, "PROJECTION_SUPERSEDED")
}
