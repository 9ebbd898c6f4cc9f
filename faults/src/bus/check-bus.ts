import type { Findings } from "../check/findings.ts"
import type { BusRecord } from "./bus-record.ts"
import type { Effect } from "./effects.ts"
import { type GroupName, groupNames, groups } from "./groups.ts"
import type { PlannedEvent } from "./round-plan.ts"

/**
 * Every group has had an effect for every acknowledged event, those of a stream in their order where that was promised, and once where there is an
 * inbox; no event was tried more often than it failed; and nothing was put aside but what couldn't be taken.
 */
export function checkBus(record: BusRecord, findings: Findings): void {
  const published = new Map(record.published.map((event) => [event.id, event]))
  const effects = Map.groupBy(record.effects, ({ group }) => group)
  for (const group of groupNames) {
    const own = effects.get(group) ?? []
    checkPresence(group, published, own, findings)
    checkRepeats(group, published, own, record.quiet, findings)
    if (groups[group].order === "stream") checkOrder(group, own, findings)
    checkPutAside(group, published, record, findings)
  }
  checkAttempts(record, findings)
}

type Published = ReadonlyMap<string, PlannedEvent>

/** With `order: "stream"` an event is skipped when a later one of its stream is in effect; else it is lost. */
function checkPresence(
  group: GroupName,
  published: Published,
  effects: readonly Effect[],
  findings: Findings,
): void {
  const inEffect = new Set(effects.map(({ eventId }) => eventId))
  const last = new Map<string, number>()
  for (const { id, stream, version } of published.values()) if (inEffect.has(id)) last.set(stream, version)
  for (const { id, stream, version } of published.values()) {
    if (inEffect.has(id)) continue
    const passed = groups[group].order === "stream" && version < (last.get(stream) ?? 0)
    const what = `${group} never had ${stream}#${version}`
    if (passed) findings.add("skipped", `${what}, and had #${last.get(stream)}`)
    else findings.add("lost", what)
  }
}

function checkRepeats(
  group: GroupName,
  published: Published,
  effects: readonly Effect[],
  quiet: boolean,
  findings: Findings,
): void {
  const mayRepeat = !quiet && !groups[group].inbox
  for (const [id, same] of Map.groupBy(effects, ({ eventId }) => eventId)) {
    const allowed = !published.has(id) ? 0 : mayRepeat ? same.length : 1
    const by = same.map(({ consumer }) => consumer).join(", ")
    const what = `${describe(same[0])} took effect in ${group} ${same.length} times, not ${allowed}, by ${by}`
    findings.add("doubled", what, same.length - allowed)
  }
}

/** Of an event that is there twice, the first time counts. */
function checkOrder(group: GroupName, effects: readonly Effect[], findings: Findings): void {
  const met = new Set<string>()
  const last = new Map<string, Effect>()
  for (const effect of effects) {
    if (met.has(effect.eventId)) continue
    met.add(effect.eventId)
    const before = last.get(effect.stream)
    if (before !== undefined && before.version > effect.version) {
      const what = `${describe(effect)} took effect in ${group} by ${effect.consumer}`
      findings.add("disordered", `${what} after #${before.version} by ${before.consumer}`)
    } else last.set(effect.stream, effect)
  }
}

/** An attempt follows a failure of the same group. */
function checkAttempts({ calls }: BusRecord, findings: Findings): void {
  for (const { group, eventId, failures, attempts } of calls) {
    findings.add(
      "doubled",
      `${group} was given ${eventId} for attempt ${attempts} after ${failures} failures`,
      Math.max(attempts - 1 - failures, 0),
    )
  }
}

/**
 * With `order: "stream"`, what comes after an event that can't be taken waits behind it. A consumer that has lost its stream, and hasn't noticed yet, may put
 * aside what another one has handled meanwhile.
 */
function checkPutAside(
  group: GroupName,
  published: Published,
  { poison, unrepaired, putAside, quiet }: BusRecord,
  findings: Findings,
): void {
  const aside = new Map(putAside.get(group)?.map((dead) => [dead.eventId, dead]))
  const bad = new Set(poison.filter((one) => one.group === group).map(({ eventId }) => eventId))
  const firstBad = new Map<string, number>()
  for (const { id, stream, version } of published.values()) {
    if (bad.has(id) && !firstBad.has(stream)) firstBad.set(stream, version)
  }
  for (const [id, { message, inEffect }] of aside) {
    const event = published.get(id)
    const waits =
      groups[group].order === "stream" &&
      event !== undefined &&
      event.version > (firstBad.get(event.stream) ?? Number.POSITIVE_INFINITY)
    if (bad.has(id) || waits || (inEffect && !quiet)) continue
    const what = event === undefined ? id : `${event.stream}#${event.version}`
    findings.add("skipped", `${group} put ${what} aside, and could have taken it: ${message}`)
  }
  for (const { eventId } of unrepaired.filter((one) => one.group === group)) {
    if (!aside.has(eventId))
      findings.add("lost", `${group} couldn't take ${eventId}, and has no dead letter of it`)
  }
}

function describe(effect: Effect | undefined): string {
  return effect === undefined ? "" : `${effect.stream}#${effect.version}`
}
