import {
  checkName,
  createRepository,
  describeStream,
  type EventLog,
  type EventStore,
  idOf,
  newEventsOf,
  type Repository,
  type SnapshotKey,
  type StreamKey,
  versionOf,
} from "@annals/core"
import { invalidOption } from "../check-whole.ts"
import { SnapshotCounts } from "../loading/snapshot-counts.ts"
import { resolveSettings, type SnapshotSettings } from "../loading/snapshot-settings.ts"
import type { SnapshotOptions } from "../snapshot-options.ts"
import { KnownSnapshots } from "./known-snapshots.ts"

/** What all parts of a category's snapshots share. Inside, states have no type: what is typed is the outside. */
export interface StreamSnapshots {
  readonly store: EventStore<unknown>
  readonly tenant: string
  readonly category: string
  /** Of the states: the category's, unless said otherwise. */
  readonly name: string
  readonly settings: SnapshotSettings
  readonly counts: SnapshotCounts
  readonly known: KnownSnapshots
  readonly definition: AnyDefinition
}

/** A decider, a declared aggregate, or a class. */
export type AnyDefinition = object

/** Throws `INVALID_OPTION`, `INVALID_NAME`. */
export function resolveStreamSnapshots(
  store: EventStore<unknown>,
  definition: AnyDefinition,
  options: SnapshotOptions<never, never>,
): StreamSnapshots {
  // Made to be asked only: it refuses what isn't a definition, and knows its category.
  const category = repositoryOf(store, definition).category.name
  const isClass = typeof definition === "function"
  if (isClass && options.form === undefined)
    throw invalidOption("form", "must be given for a class, whose fields may be private")
  const settings = resolveSettings(store, options, {
    changing: changesStates(definition),
    ...(isClass && { checkRestored: (state) => checkObject(definition, state) }),
  })
  const name = options.name === undefined ? category : checkName(options.name, "name")
  return {
    store,
    tenant: store.tenant ?? "",
    category,
    name,
    settings,
    counts: new SnapshotCounts(name, settings.observer, settings.logger),
    known: new KnownSnapshots(),
    definition,
  }
}

/** A repository without anything around it. */
export function repositoryOf(
  log: EventLog,
  definition: AnyDefinition,
  options: object = {},
): Repository<object, unknown, Record<string, unknown>> {
  return createRepository(log, definition as never, options) as never
}

/** The state, and its version, in what a repository loaded. */
export function stateOf({ definition }: StreamSnapshots, root: object) {
  const state = typeof definition === "function" ? root : (root as { readonly state: unknown }).state
  return { state, version: versionOf(root as never) }
}

/** At one place for all there is no tenant but in the key; nor may a name look like both. */
export function keyOf({ name, tenant, settings }: StreamSnapshots, id: string): SnapshotKey {
  const isShared = settings.places.isOutside && (tenant !== "" || name.startsWith("["))
  return { kind: "stream", name: isShared ? JSON.stringify([tenant, name]) : name, id }
}

/** Throws `INVALID_OPTION` for a repository that these snapshots aren't for: its states are others. */
export function checkStream({ category, tenant }: StreamSnapshots, stream: StreamKey): void {
  if (stream.category === category && stream.tenant === tenant) return
  const whose = `category "${category}"${tenant === "" ? "" : ` of tenant "${tenant}"`}`
  throw invalidOption("snapshots", `are those of ${whose}, not for ${describeStream(stream)}`)
}

/**
 * A decider makes a new state for each event, and the same object may be in it twice. Core says so where it describes what kind of aggregate it is, under a symbol that
 * all copies of it share.
 */
function changesStates(definition: AnyDefinition): boolean {
  const behaviour = Reflect.get(definition, Symbol.for("annals.behaviour")) as
    | { readonly changesWhenRaised?: boolean }
    | undefined
  return behaviour?.changesWhenRaised !== false
}

/** A state that is shared with somebody, or has raised events, would be saved with them. */
function checkObject(Class: AnyDefinition, state: unknown): void {
  if (!(state instanceof (Class as new () => object)))
    throw new Error("restore must return a new object of the aggregate's class")
  if (idOf(state as never) !== "") throw new Error("restore returned an object that it returned before")
  if (newEventsOf(state as never).length > 0)
    throw new Error("restore must not call what raises events: set the object's fields")
}
