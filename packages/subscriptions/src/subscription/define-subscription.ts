import {
  checkName,
  defineEvents,
  type EventSet,
  type EventType,
  type ReadPolicy,
  type RecordedEvent,
} from "@annals/core"
import { deadLetterSource } from "../dead-letters/dead-letter-source.ts"
import { checkFunction } from "../options/check-function.ts"
import { checkObject } from "../options/check-object.ts"
import { checkRetry } from "../options/check-retry.ts"
import { checkWhole } from "../options/check-whole.ts"
import { invalidOption } from "../options/invalid-option.ts"
import type { HandlerContext, Handling, RunHandler } from "./handling.ts"
import type {
  CheckpointEvery,
  SubscriptionDefinition,
  SubscriptionFilter,
  SubscriptionKind,
  SubscriptionOptions,
  SubscriptionSettings,
} from "./subscription-definition.ts"

/**
 * Defines a durable, named reader of a store, and what it does with events. Throws `INVALID_NAME`, `INVALID_OPTION`, `DUPLICATE_EVENT_TYPE`.
 *
 * @example
 * const receipts = defineSubscription("receipts", {
 *   events: [orderPaid],
 *   handle: async (event, { signal }) => mail.send(event.data.email, { signal }),
 * })
 */
export function defineSubscription<
  Tx = unknown,
  const Types extends readonly EventType<string>[] = readonly EventType<string>[],
>(name: string, options: SubscriptionOptions<Types, Tx>): SubscriptionDefinition<Tx> {
  return createDefinition("subscription", name, options)
}

/** The same for what builds on subscriptions. */
export function createDefinition<Tx, const Types extends readonly EventType<string>[]>(
  kind: SubscriptionKind,
  name: string,
  options: SubscriptionOptions<Types, Tx>,
): SubscriptionDefinition<Tx> {
  checkName(name, "subscription")
  checkName(deadLetterSource(name), "subscription") // by which its dead letters are named: a little longer
  if (typeof options !== "object" || options === null) throw invalidOption("options", "must be an object")
  const handling = handlingOf<Tx>(options as unknown as UncheckedHandler)
  const events = options.events === undefined ? undefined : defineEvents(options.events)
  return Object.freeze({
    kind,
    name,
    events,
    handling,
    filter: filterOf(options, events),
    ...checkSettings(options, handling.transactional),
  })
}

interface UncheckedHandler {
  readonly handle?: ((event: RecordedEvent, context: never) => void | PromiseLike<void>) | undefined
  readonly handleBatch?: RunHandler<never> | undefined
  readonly transactional?: boolean | undefined
}

function handlingOf<Tx>({ handle, handleBatch, transactional = false }: UncheckedHandler): Handling<Tx> {
  if (typeof transactional !== "boolean") throw invalidOption("transactional", "must be true or false")
  if ((handle === undefined) === (handleBatch === undefined)) {
    throw invalidOption("handle", "or handleBatch must be given, and not both")
  }
  if (typeof (handle ?? handleBatch) !== "function") {
    throw invalidOption(handle === undefined ? "handleBatch" : "handle", "must be a function")
  }
  const run: RunHandler<HandlerContext> =
    handle === undefined
      ? (handleBatch as RunHandler<HandlerContext>)
      : ([event], context) => handle(event as RecordedEvent, context as never)
  return { unit: handle === undefined ? "batch" : "event", transactional, run } as Handling<Tx>
}

function filterOf(filter: SubscriptionFilter, events: EventSet | undefined): SubscriptionFilter {
  const { types = events?.names, categories, tags, query, tenant } = filter
  if (query !== undefined && !Array.isArray(query)) throw invalidOption("query", "must be an array of items")
  if (tenant !== undefined && typeof tenant !== "string") throw invalidOption("tenant", "must be a name")
  const names = types && checkNames(types, "types").flatMap((type) => storedNames(type, events))
  return Object.freeze({
    ...(names !== undefined && { types: names }),
    ...(categories !== undefined && { categories: checkNames(categories, "categories") }),
    ...(tags !== undefined && { tags: checkNames(tags, "tags") }),
    ...(query !== undefined && { query }),
    ...(tenant !== undefined && { tenant }),
  })
}

function checkNames(names: readonly string[], path: string): readonly string[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw invalidOption(path, "must be a non-empty array of names; leave it out for all")
  }
  return names.map((name, index) => checkName(name, `${path}[${index}]`))
}

/** Events of a renamed type may be stored under its former names. */
function storedNames(type: string, events: EventSet | undefined): readonly string[] {
  const known = events?.types.find((one) => one.type === type)
  return known === undefined ? [type] : [known.type, ...known.formerNames]
}

function checkSettings(options: SubscriptionSettings, transactional: boolean) {
  const unreadable: ReadPolicy = options.unreadable ?? "fail"
  if (unreadable !== "fail" && unreadable !== "raw") checkFunction(unreadable, "unreadable")
  const { from = "beginning" } = options
  const retry = checkObject(options.retry ?? {}, "retry")
  const checkpointEvery: CheckpointEvery = checkObject(options.checkpointEvery ?? {}, "checkpointEvery")
  if (from !== "beginning" && from !== "end") checkWhole(from, "from", 0)
  return {
    from,
    unreadable,
    retry: checkRetry(retry),
    onFailure: checkOneOf(options.onFailure ?? "stop", "onFailure", ["stop", "park"]),
    instances: checkOneOf(options.instances ?? "one-active", "instances", ["one-active", "shared"]),
    timeoutMs: checkWhole(options.timeoutMs ?? 30_000, "timeoutMs", 1),
    checkpointEvery: {
      events: checkWhole(
        checkpointEvery.events ?? (transactional ? 100 : 10_000),
        "checkpointEvery.events",
        1,
      ),
      ms: checkWhole(checkpointEvery.ms ?? 250, "checkpointEvery.ms", 1),
    },
    pageSize: checkWhole(options.pageSize ?? 1000, "pageSize", 1),
  }
}

function checkOneOf<Value extends string>(value: Value, path: string, values: readonly Value[]): Value {
  if (values.includes(value)) return value
  throw invalidOption(path, `must be ${values.map((one) => `"${one}"`).join(" or ")}, not ${String(value)}`)
}
