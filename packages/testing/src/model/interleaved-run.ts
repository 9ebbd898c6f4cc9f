import assert from "node:assert/strict"
import {
  type AppendResult,
  type EventStore,
  type ExpectedVersion,
  matchesQuery,
  type RecordedEvent,
} from "@annals/core"
import type { Scheduler } from "fast-check"
import { turn } from "../conformance/event-store/sample-events.ts"
import { sequentialId } from "../fixtures/sequential-ids.ts"
import type { AppendPlan, ReadPlan } from "./store-commands.ts"

export interface WriterPlan {
  readonly appends: readonly AppendPlan[]
}

export interface ReaderPlan {
  readonly filter: ReadPlan["filter"]
  readonly pageSize: number
}

/** An append that was acknowledged. */
interface Acknowledged {
  readonly plan: AppendPlan
  readonly expected: readonly ExpectedVersion[]
  readonly after: number | undefined
  readonly result: AppendResult
}

/** Ids of appends that were refused: nothing of them may ever be seen. */
interface Journal {
  readonly acknowledged: Acknowledged[]
  readonly refused: string[]
}

/**
 * Several writers and readers at once, in an order that fast-check chooses; then what was acknowledged is compared with what is
 * stored, and with what every reader saw.
 */
export async function runInterleaved<Tx>(
  store: EventStore<Tx>,
  scheduler: Scheduler,
  writers: readonly WriterPlan[],
  readers: readonly ReaderPlan[],
): Promise<void> {
  const journal: Journal = { acknowledged: [], refused: [] }
  let writing = true
  const written = Promise.all(
    writers.map((writer, index) => write(store, scheduler, writer, index + 1, journal)),
  ).finally(() => {
    writing = false
  })
  const followed = Promise.all(readers.map((reader) => follow(store, scheduler, reader, () => writing)))
  const [, seen] = await scheduler.waitFor(Promise.all([written, followed]))
  const log = await store.readAll().toArray()
  assertLogOf(log, journal)
  assertNoneWonTwice(log, journal)
  for (const [index, { filter }] of readers.entries()) {
    const expected = await store.readAll(filter).toArray()
    const ids = (events: readonly RecordedEvent[]) => events.map(({ id }) => id)
    assert.deepEqual(
      ids(seen[index] as RecordedEvent[]),
      ids(expected),
      "a reader sees each event once, in order",
    )
  }
}

async function write<Tx>(
  store: EventStore<Tx>,
  scheduler: Scheduler,
  { appends }: WriterPlan,
  series: number,
  journal: Journal,
): Promise<void> {
  let count = 0
  for (const plan of appends) {
    await scheduler.schedule(Promise.resolve(), `writer ${series} looks`)
    const after = plan.condition && (await store.head())
    const expected = await Promise.all(plan.streams.map((stream) => expectedNow(store, plan.tenant, stream)))
    const streams = plan.streams.map(({ category, id, events }, index) => ({
      stream: { category, id },
      expected: expected[index] as ExpectedVersion,
      events: events.map(({ type, tags }) => ({ id: sequentialId(++count, series), type, tags, data: null })),
    }))
    await scheduler.schedule(Promise.resolve(), `writer ${series} appends`)
    const ids = streams.flatMap(({ events }) => events.map(({ id }) => id))
    const options = plan.condition
      ? { condition: { query: plan.condition.query, after: after as number } }
      : {}
    try {
      const result = await sendBy(store.forTenant(plan.tenant), plan.how, (log) =>
        log.appendToStreams(streams, options),
      )
      if (result) journal.acknowledged.push({ plan, expected, after, result })
      else journal.refused.push(...ids)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== "VERSION_CONFLICT" && code !== "CONDITION_FAILED") throw error
      assert.ok(
        code === "CONDITION_FAILED" || expected.some((version) => version !== "any"),
        "any never conflicts",
      )
      journal.refused.push(...ids)
    }
  }
}

/** `undefined` where the unit of work was taken back. */
async function sendBy<Tx>(
  store: EventStore<Tx>,
  how: AppendPlan["how"],
  send: (log: Pick<EventStore<Tx>, "appendToStreams">) => Promise<AppendResult>,
): Promise<AppendResult | undefined> {
  if (how === "plain") return send(store)
  const changedMind = new Error("changed my mind")
  const work = store.transaction(async ({ events }) => {
    const result = await send(events)
    if (how === "rollback") throw changedMind
    return result
  })
  return work.catch((error: unknown) => {
    if (error === changedMind) return undefined
    throw error
  })
}

async function expectedNow<Tx>(
  store: EventStore<Tx>,
  tenant: string,
  { category, id, expected }: AppendPlan["streams"][number],
): Promise<ExpectedVersion> {
  if (typeof expected !== "number") return expected
  return store.forTenant(tenant).streamVersion({ category, id })
}

async function follow<Tx>(
  store: EventStore<Tx>,
  scheduler: Scheduler,
  { filter, pageSize }: ReaderPlan,
  writing: () => boolean,
): Promise<RecordedEvent[]> {
  const seen: RecordedEvent[] = []
  let checkpoint = 0
  for (let last = false; !last; await turn()) {
    last = !writing()
    for await (const page of store.readAll({ ...filter, after: checkpoint, pageSize }).pages()) {
      seen.push(...page.events)
      checkpoint = page.scannedTo
      await scheduler.schedule(Promise.resolve(), "a reader turns the page")
    }
  }
  return seen
}

/** Everything acknowledged is there, in its place; nothing else is. */
function assertLogOf(log: readonly RecordedEvent[], { acknowledged, refused }: Journal): void {
  const byId = new Map(log.map((event) => [event.id, event]))
  assert.equal(byId.size, log.length, "no id twice")
  for (const { result } of acknowledged) {
    const events = result.eventIds.map((id) => byId.get(id))
    assert.deepEqual(
      events.map((event) => event?.position),
      result.positions,
      "what was acknowledged is there",
    )
  }
  assert.equal(
    log.length,
    acknowledged.reduce((count, { result }) => count + result.eventIds.length, 0),
    "nothing else is",
  )
  for (const id of refused) assert.ok(!byId.has(id), "what was refused is not there")
  const versions = new Map<string, number>()
  for (const { tenant, stream, version } of log) {
    const key = JSON.stringify([tenant, stream.category, stream.id])
    assert.equal(
      version,
      (versions.get(key) ?? 0) + 1,
      "versions follow one another in the order of positions",
    )
    versions.set(key, version)
  }
}

/** Every expectation and condition under which an append was accepted did hold where it stands. */
function assertNoneWonTwice(log: readonly RecordedEvent[], { acknowledged }: Journal): void {
  for (const { plan, expected, after, result } of acknowledged) {
    for (const [index, { firstVersion }] of result.streams.entries()) {
      const version = expected[index]
      if (typeof version === "number") assert.equal(firstVersion, version + 1, "an exact version was met")
      if (version === "no-stream") assert.equal(firstVersion, 1, "there was no stream")
      if (version === "stream-exists") assert.ok(firstVersion > 1, "there was a stream")
    }
    if (!plan.condition) continue
    const { query } = plan.condition
    const first = Math.min(...result.positions)
    const violating = log.find(
      (event) =>
        event.tenant === plan.tenant &&
        event.position > (after as number) &&
        event.position < first &&
        matchesQuery(query, event),
    )
    assert.equal(
      violating,
      undefined,
      "no event stands between a condition and the append that it let through",
    )
  }
}
