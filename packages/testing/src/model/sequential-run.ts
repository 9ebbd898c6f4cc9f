import assert from "node:assert/strict"
import type { AppendResult, EventLog, EventStore, NewEvent, RecordedEvent } from "@annals/core"
import type { Range } from "../conformance/event-store/read-ranges.ts"
import { collected } from "../conformance/event-store/sample-events.ts"
import { sequentialId } from "../fixtures/sequential-ids.ts"
import type {
  AgainPlan,
  AppendPlan,
  CommandPlan,
  RangePlan,
  ReadPlan,
  ReadStreamPlan,
  StreamPlan,
} from "./store-commands.ts"
import { type ModelAppend, type ModelEvent, type ModelOutcome, StoreModel } from "./store-model.ts"

/** Ids that aren't from the pool. */
const freshSeries = 1

/** Runs commands one after the other against a store and the model, and compares whatever can be seen of both. */
export class SequentialRun<Tx> {
  readonly #store: EventStore<Tx>
  readonly #model = new StoreModel()
  /** Every append that was made, to be made again. */
  readonly #made: ModelAppend[] = []
  #fresh = 0

  constructor(store: EventStore<Tx>) {
    this.#store = store
  }

  async run(command: CommandPlan): Promise<void> {
    switch (command.kind) {
      case "append":
        return this.#append(this.#resolve(command), command.how)
      case "again":
        return this.#again(command)
      case "read":
        return this.#read(command)
      case "read-stream":
        return this.#readStream(command)
      default:
        return command satisfies never
    }
  }

  /** Compares everything that is there in the end. */
  async finish(): Promise<void> {
    const { events } = this.#model
    assertSameEvents(await this.#store.readAll().toArray(), events)
    assert.equal(await this.#store.head(), events.at(-1)?.position ?? 0)
    const streams = new Map(
      events.map(({ stream, version }) => [
        JSON.stringify([stream.tenant, stream.category, stream.id]),
        version,
      ]),
    )
    const listed = await collected(this.#store.listStreams())
    assert.deepEqual(
      new Map(
        listed.map(({ stream, version }) => [
          JSON.stringify([stream.tenant, stream.category, stream.id]),
          version,
        ]),
      ),
      streams,
    )
    const tenants = [...new Set(events.map(({ stream }) => stream.tenant))].toSorted()
    assert.deepEqual(await this.#store.listTenants(), tenants)
  }

  async #append(append: ModelAppend, how: AppendPlan["how"]): Promise<void> {
    const must = this.#model.judge(append)
    const outcome = await this.#attempt(append, how)
    assertOutcome(outcome, must)
    if (must.status !== "appended" || how === "rollback") return
    const { positions } = outcome as AppendResult
    assert.ok(
      (positions[0] as number) > (this.#model.events.at(-1)?.position ?? 0),
      "positions rise from append to append",
    )
    this.#model.record(append, positions)
    this.#made.push(append)
  }

  /** The result, or the error with which it failed. */
  async #attempt(append: ModelAppend, how: AppendPlan["how"]): Promise<unknown> {
    const handle = append.tenant === "" ? this.#store : this.#store.forTenant(append.tenant)
    if (how === "plain") return send(handle, append).catch((error: unknown) => error)
    const changedMind = new Error("changed my mind")
    let outcome: unknown
    const work = handle.transaction(async ({ events }) => {
      outcome = await send(events, append).catch((error: unknown) => error)
      if (how === "rollback") throw changedMind
    })
    await work.catch((error: unknown) => assert.equal(error, changedMind))
    return outcome
  }

  async #again({ which, change }: AgainPlan): Promise<void> {
    const append = this.#made[which % Math.max(1, this.#made.length)]
    if (append)
      await this.#append(
        changed(append, change, () => this.#freshId()),
        "plain",
      )
  }

  async #read({ tenant, filter, range }: ReadPlan): Promise<void> {
    const handle = tenant === undefined ? this.#store : this.#store.forTenant(tenant)
    const bounds = resolveRange(
      range,
      this.#model.events.map(({ position }) => position),
    )
    const expected = this.#model.select({ ...filter, ...(tenant !== undefined && { tenant }) }, bounds)
    assertSameEvents(await handle.readAll({ ...filter, ...bounds }).toArray(), expected)
  }

  async #readStream({ tenant, category, id, range }: ReadStreamPlan): Promise<void> {
    const handle = this.#store.forTenant(tenant)
    const events = this.#model.ofStream({ tenant, category, id })
    const { after, until, ...rest } = resolveRange(
      range,
      events.map(({ version }) => version),
    )
    const wanted = events.filter(
      ({ version }) => version > (after ?? 0) && version <= (until ?? events.length),
    )
    const ordered = range.direction === "forward" ? wanted : wanted.toReversed()
    const bounds = { ...rest, ...(after !== undefined && { after }), ...(until !== undefined && { until }) }
    const read = await handle.readStream({ category, id }, bounds).toArray()
    assertSameEvents(read, ordered.slice(0, range.limit ?? ordered.length))
    assert.equal(await handle.streamVersion({ category, id }), events.length)
  }

  #resolve({ tenant, streams, condition }: AppendPlan): ModelAppend {
    const back = condition && (this.#model.events.at(-condition.back - 1)?.position ?? 0)
    return {
      tenant,
      streams: streams.map((plan) => this.#resolveStream(plan, tenant)),
      condition: condition && { query: condition.query, after: back as number },
    }
  }

  #resolveStream(
    { category, id, events, expected }: StreamPlan,
    tenant: string,
  ): ModelAppend["streams"][number] {
    const stream = { tenant, category, id }
    return {
      stream,
      expected: typeof expected === "number" ? Math.max(0, this.#model.version(stream) + expected) : expected,
      events: events.map(({ type, tags, pooledId }) => ({
        type,
        tags: tags.toSorted(),
        id: pooledId === undefined ? this.#freshId() : sequentialId(pooledId),
      })),
    }
  }

  #freshId(): string {
    return sequentialId(++this.#fresh, freshSeries)
  }
}

function send<Tx>(
  log: Pick<EventLog<Tx>, "append" | "appendToStreams">,
  append: ModelAppend,
): Promise<AppendResult> {
  const options = append.condition ? { condition: append.condition } : {}
  const [first, ...others] = append.streams
  if (first && others.length === 0) {
    return log.append(first.stream, first.events.map(newEvent), { ...options, expected: first.expected })
  }
  const appends = append.streams.map(({ stream, expected, events }) => ({
    stream,
    expected,
    events: events.map(newEvent),
  }))
  return log.appendToStreams(appends, options)
}

function newEvent({ id, type, tags }: Pick<ModelEvent, "id" | "type" | "tags">): NewEvent {
  return { id, type, tags, data: { id } }
}

function changed(append: ModelAppend, change: AgainPlan["change"], freshId: () => string): ModelAppend {
  const [first, ...rest] = append.streams as [ModelAppend["streams"][number], ...ModelAppend["streams"]]
  const withFirst = (part: Partial<typeof first>): ModelAppend => ({
    ...append,
    streams: [{ ...first, ...part }, ...rest],
  })
  switch (change) {
    case "none":
      return append
    case "expected":
      return withFirst({ expected: 99 })
    case "type":
      return withFirst({ events: first.events.map((event) => ({ ...event, type: "t4" })) })
    case "order":
      return withFirst({ events: first.events.toReversed() })
    case "stream":
      return withFirst({ stream: { ...first.stream, id: "elsewhere" } })
    case "longer":
      return withFirst({ events: [...first.events, { id: freshId(), type: "t1", tags: [] }] })
    default:
      return change satisfies never
  }
}

function resolveRange(
  { direction, after, until, limit, pageSize }: RangePlan,
  places: readonly number[],
): Range {
  const placeAt = (count: number) => (count === 0 ? 0 : (places[count - 1] ?? (places.at(-1) ?? 0) + count))
  return {
    direction,
    pageSize,
    ...(after !== undefined && { after: placeAt(after) }),
    ...(until !== undefined && { until: placeAt(until) }),
    ...(limit !== undefined && { limit }),
  }
}

function assertOutcome(outcome: unknown, must: ModelOutcome): void {
  if (must.status === "appended" || must.status === "repeated") {
    if (outcome instanceof Error) throw outcome
    const { repeated, positions, streams } = outcome as AppendResult
    assert.equal(repeated, must.status === "repeated")
    if (must.status !== "repeated") return
    assert.deepEqual(positions, must.positions)
    assert.deepEqual(
      streams.map(({ firstVersion }) => firstVersion),
      must.firstVersions,
    )
    return
  }
  const { code, expected, actual } = outcome as { code?: string; expected?: unknown; actual?: unknown }
  assert.equal(code, must.status, `it must be refused with ${must.status}, but came to ${outcome}`)
  if (must.status === "VERSION_CONFLICT")
    assert.deepEqual({ expected, actual }, { expected: must.expected, actual: must.actual })
}

function assertSameEvents(actual: readonly RecordedEvent[], expected: readonly ModelEvent[]): void {
  const seen = actual.map(({ id, type, tags, tenant, stream, version, position, data }) => {
    assert.deepEqual(data, { id }, "data belong to their event")
    return { id, type, tags, stream: { tenant, ...stream }, version, position }
  })
  assert.deepEqual(seen, expected)
}
