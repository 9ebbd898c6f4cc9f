import type { AggregateDefinition } from "../aggregates/aggregate-definition.ts"
import type { categoryKey } from "../aggregates/aggregate-of.ts"
import { type Behaviour, behaviourKey } from "../aggregates/behaviour.ts"
import type { LoadedAggregate } from "../aggregates/loaded-aggregate.ts"
import { type Tracked, trackingOf } from "../aggregates/tracking.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import { discarded } from "../events/built-in-events.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventLog } from "../store/event-store.ts"
import type { UnitOfWork } from "../store/unit-of-work.ts"
import type { Category } from "../streams/category.ts"
import { discardStream } from "./discard-stream.ts"
import { executeCommand } from "./execute-command.ts"
import { loadAggregate, loadOrCreateAggregate, track } from "./load-aggregate.ts"
import type { CommandsOf, ExecuteOptions, Repository } from "./repository.ts"
import { createRepositoryCore, type RepositoryCore, streamOf } from "./repository-core.ts"
import { type RepositoryOptions, resolveRepositoryOptions } from "./repository-options.ts"
import { saveAggregates } from "./save-aggregates.ts"
import type { SnapshotOwner } from "./snapshot-loading.ts"
import { lastEvent } from "./stream-end.ts"

/**
 * Loads and saves aggregates of one kind: a decider, a declared aggregate, or a class. Does no I/O by itself. Throws `INVALID_OPTION`.
 *
 * @example
 * const accounts = createRepository(store, account)
 * await accounts.execute("alice", "open", { owner: "Alice" })
 * const { state, version } = await accounts.load("alice")
 */
export function createRepository<const Name extends string, Event extends NewEvent, Root extends Tracked, Tx>(
  log: EventLog<Tx>,
  definition: {
    new (): Root
    readonly [categoryKey]: Category<Name, Event>
    readonly [behaviourKey]: object
  },
  options?: Omit<RepositoryOptions<Root, NoInfer<Tx>>, "cache">,
): Repository<Root, Root, CommandsOf<Root>, Event, Name>
export function createRepository<const Name extends string, Event extends NewEvent, State, Commands, Tx>(
  log: EventLog<Tx>,
  definition: AggregateDefinition<Name, Event, State, Commands>,
  options?: RepositoryOptions<State, NoInfer<Tx>>,
): Repository<LoadedAggregate<State, Commands>, State, Commands, Event, Name>
export function createRepository(
  log: EventLog,
  definition: { readonly [behaviourKey]: object },
  options: object = {},
): unknown {
  const behaviour = definition?.[behaviourKey] as Behaviour | undefined
  if (behaviour === undefined) {
    const message =
      "what defineDecider or defineAggregate returns is wanted, or a class that extends aggregateOf(…)"
    throw new AnnalsError("INVALID_OPTION", message, { path: "definition" })
  }
  const settings = resolveRepositoryOptions(options as RepositoryOptions<unknown>)
  if (settings.bus !== undefined && !("transaction" in log)) {
    const message = "inside a unit of work nothing can be published: the commit comes after it"
    throw new AnnalsError("INVALID_OPTION", message, { path: "bus" })
  }
  if (settings.snapshots !== undefined) checkOwner(log, settings.snapshots.store)
  return repositoryOf(createRepositoryCore(log, behaviour, settings))
}

/** States of another store would be laid under the events of this one. */
function checkOwner(log: EventLog, owner: SnapshotOwner): void {
  if (!("wakeUps" in log) || log.wakeUps === owner?.wakeUps) return
  const message = "these snapshots were made for another store: make them with the store of the repository"
  throw new AnnalsError("INVALID_OPTION", message, { path: "snapshots" })
}

function repositoryOf(core: RepositoryCore): Repository<Tracked, unknown, Record<string, unknown>> {
  const { category } = core.behaviour
  return {
    category,
    create: (id) => createAggregate(core, id),
    load: async (id, options = {}) => loadAggregate(core, id, options),
    loadOrCreate: async (id, options = {}) => loadOrCreateAggregate(core, id, options.signal),
    save: async (aggregate, options = {}) => {
      const { results } = await saveAggregates([aggregate], options)
      return results[0] as (typeof results)[number]
    },
    exists: async (id) => {
      const last = await lastEvent(core.log, streamOf(core, id))
      return last !== undefined && last.type !== discarded.type
    },
    version: async (id) => core.log.streamVersion(streamOf(core, id)),
    execute: async (id: string, command: string, payload?: unknown, options: ExecuteOptions = {}) =>
      executeCommand(core, id, command, payload, options),
    discard: async (id, options = {}) => discardStream(core, id, options),
    within: (unitOfWork) => repositoryOf(coreWithin(core, unitOfWork)),
  }
}

function createAggregate(core: RepositoryCore, id: string): Tracked {
  const state = core.behaviour.initial(core.onUnhandled)
  const root = track(core, streamOf(core, id), { state, version: 0, replayed: 0, discarded: false })
  trackingOf(root).created = true
  return root
}

/** What isn't committed must neither be cached nor published. */
function coreWithin(
  { behaviour, settings }: RepositoryCore,
  unitOfWork: UnitOfWork<unknown>,
): RepositoryCore {
  return createRepositoryCore(
    unitOfWork.events,
    behaviour,
    { ...settings, cachedStates: 0, bus: undefined },
    unitOfWork,
  )
}
