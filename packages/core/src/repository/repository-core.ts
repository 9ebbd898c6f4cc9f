import type { Behaviour } from "../aggregates/behaviour.ts"
import { type Tracked, trackingOf } from "../aggregates/tracking.ts"
import { applyPolicy, type OnUnhandled } from "../aggregates/unhandled-event.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import type { Operation } from "../ports/observer.ts"
import type { EventLog } from "../store/event-store.ts"
import type { UnitOfWork } from "../store/unit-of-work.ts"
import type { StreamKey, TypedStream } from "../streams/stream.ts"
import { checkName } from "../streams/validate-name.ts"
import type { RepositorySettings } from "./repository-options.ts"
import { createStateCache, type StateCache } from "./state-cache.ts"
import { Turns } from "./turns.ts"

/** What all parts of a repository share. Inside it, states and aggregates have no type: what is typed is its outside. */
export interface RepositoryCore {
  readonly log: EventLog
  /** Inside of which it works, if it does. */
  readonly unitOfWork: UnitOfWork<unknown> | undefined
  readonly behaviour: Behaviour
  readonly settings: RepositorySettings
  readonly cache: StateCache | undefined
  readonly onUnhandled: OnUnhandled
  /** Of commands that conflicted, by the id of their aggregate. */
  readonly turns: Turns
}

export function createRepositoryCore(
  log: EventLog,
  behaviour: Behaviour,
  settings: RepositorySettings,
  unitOfWork?: UnitOfWork<unknown>,
): RepositoryCore {
  const { category, unhandled } = behaviour
  const onUnhandled = applyPolicy(unhandled, category.name, log.logger)
  const cache = createCache(behaviour, settings)
  return { log, unitOfWork, behaviour, settings, cache, onUnhandled, turns: new Turns() }
}

function createCache(
  { copy, category }: Behaviour,
  { cachedStates }: RepositorySettings,
): StateCache | undefined {
  if (cachedStates === 0) return undefined
  if (copy !== undefined) return createStateCache(cachedStates, copy)
  const message = `"${category.name}" can't be cached: an object of a class can't be shared, nor copied from outside`
  throw new AnnalsError("INVALID_OPTION", message, { path: "cache" })
}

/** The stream of the aggregate with this id. Throws `INVALID_NAME`. */
export function streamOf(core: Pick<RepositoryCore, "behaviour">, id: string): TypedStream {
  return core.behaviour.category.stream(checkName(id, "id"))
}

export function streamKeyOf(core: Pick<RepositoryCore, "log">, { category, id }: TypedStream): StreamKey {
  return { tenant: core.log.tenant ?? "", category, id }
}

/** The repository that an aggregate came from. Throws `INVALID_OPTION`. */
export function coreOf(root: Tracked): RepositoryCore {
  const { owner } = trackingOf(root)
  if (owner !== undefined) return owner as RepositoryCore
  const message = "the aggregate has no id: get it from create, load or loadOrCreate of a repository"
  throw new AnnalsError("INVALID_OPTION", message, { path: "aggregate" })
}

/** Tells the observer, if there is one, of an operation. */
export function observe<Result>(
  core: Pick<RepositoryCore, "log" | "behaviour" | "settings">,
  id: string,
  { name, command }: Pick<Operation, "name" | "command">,
  run: (metadata: Record<string, string> | undefined) => Promise<Result>,
): Promise<Result> {
  const { log, behaviour, settings } = core
  const observer = settings.observer ?? log.observer
  if (observer === undefined) return run(undefined)
  const category = behaviour.category.name
  const operation: Operation = {
    name,
    system: log.name,
    tenant: log.tenant ?? "",
    category,
    streamId: id,
    subject: category,
    // A name that came from outside and isn't one of its commands is nothing to tell.
    ...(command !== undefined && behaviour.hasCommand(command) && { command }),
    metadata: {},
  }
  return observer.around(operation, () => run(operation.metadata))
}
