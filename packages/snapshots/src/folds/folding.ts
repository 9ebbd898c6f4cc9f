import type {
  EventStore,
  FoldScope,
  NewEvent,
  PositionedState,
  Projection,
  ReadAllOptions,
} from "@annals/core"
import type { SnapshotCounts } from "../loading/snapshot-counts.ts"
import type { SnapshotSettings } from "../loading/snapshot-settings.ts"
import type { KnownFolds } from "./known-folds.ts"

/** What all parts of a fold's snapshots share. Inside, states have no type: what is typed is the outside. */
export interface Folding {
  readonly store: EventStore<unknown>
  readonly projection: Projection<string, NewEvent, unknown>
  readonly settings: SnapshotSettings
  readonly counts: SnapshotCounts
  readonly known: KnownFolds
  readonly reading: Pick<ReadAllOptions, "pageSize" | "unreadable">
}

/** What was folded: the state, up to where it knows the log, and how many events it took. */
export interface Folded extends PositionedState {
  readonly folded: number
}

/** Folds onwards, a page in memory at a time; `from` is `undefined`: from the beginning. Changes the state that it is given. */
export async function foldOn(
  { store, projection, reading }: Folding,
  scope: FoldScope,
  from: PositionedState | undefined,
  until: number,
  signal: AbortSignal | undefined,
): Promise<Folded> {
  const after = from?.position ?? 0
  let state = from === undefined ? projection.initial() : from.state
  let folded = 0
  signal?.throwIfAborted()
  if (until > after) {
    const { types, events } = projection
    const filter = { ...scope, types, events, after, until, ...reading, ...(signal && { signal }) }
    for await (const page of store.readAll(filter).pages()) {
      for (const event of page.events) state = projection.evolve(state, event)
      folded += page.events.length
    }
  }
  return { state, position: Math.max(after, until), folded }
}
