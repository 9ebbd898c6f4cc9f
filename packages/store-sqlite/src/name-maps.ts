/** A map whose entries may be forgotten at any time. */
interface Memo<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

/** What many events have in common; see the table `event_kinds`. */
export interface EventKind {
  readonly ref: number
  readonly tenant: string
  readonly category: string
  readonly type: string
  readonly schemaVersion: number
  readonly encoding: string
  readonly textAsBytes: boolean
}

/** Which row stands for which name. Rows are never changed, so what is known once stays true while the row is there. */
export interface NameMaps {
  readonly tenants: Memo<string, number>
  readonly categories: Memo<string, number>
  readonly kinds: Memo<string, EventKind>
  readonly kindsByRef: Memo<number, EventKind>
  readonly tags: Memo<string, number>
  readonly tagNames: Memo<number, string>
  /** The last segment in which a kind was noted. */
  readonly segments: Memo<number, number>
}

const maxEntries = 50_000

class BoundedMap<Key, Value> implements Memo<Key, Value> {
  readonly #entries = new Map<Key, Value>()

  get(key: Key): Value | undefined {
    return this.#entries.get(key)
  }

  set(key: Key, value: Value): void {
    if (this.#entries.size >= maxEntries) this.#entries.clear()
    this.#entries.set(key, value)
  }
}

class StagedMap<Key, Value> implements Memo<Key, Value> {
  readonly #committed: Memo<Key, Value>
  readonly #staged = new Map<Key, Value>()

  constructor(committed: Memo<Key, Value>) {
    this.#committed = committed
  }

  get(key: Key): Value | undefined {
    return (this.#staged.size === 0 ? undefined : this.#staged.get(key)) ?? this.#committed.get(key)
  }

  set(key: Key, value: Value): void {
    this.#staged.set(key, value)
  }

  promote(): void {
    if (this.#staged.size === 0) return
    for (const [key, value] of this.#staged) this.#committed.set(key, value)
    this.#staged.clear()
  }

  drop(): void {
    this.#staged.clear()
  }
}

/** Names whose rows are known to be committed: shared by all connections of a store. */
export function createCommittedNames(): NameMaps {
  return {
    tenants: new BoundedMap(),
    categories: new BoundedMap(),
    kinds: new BoundedMap(),
    kindsByRef: new BoundedMap(),
    tags: new BoundedMap(),
    tagNames: new BoundedMap(),
    segments: new BoundedMap(),
  }
}

export interface StagedNames {
  readonly maps: NameMaps
  /** After a commit. */
  promote(): void
  /** After a rollback, or wherever there may have been one. */
  drop(): void
}

/** Names met inside a transaction, whose rows may be gone after a rollback. */
export function stageNames(committed: NameMaps): StagedNames {
  const maps = {
    tenants: new StagedMap(committed.tenants),
    categories: new StagedMap(committed.categories),
    kinds: new StagedMap(committed.kinds),
    kindsByRef: new StagedMap(committed.kindsByRef),
    tags: new StagedMap(committed.tags),
    tagNames: new StagedMap(committed.tagNames),
    segments: new StagedMap(committed.segments),
  }
  const layers = Object.values(maps)
  return {
    maps,
    promote() {
      for (const layer of layers) layer.promote()
    },
    drop() {
      for (const layer of layers) layer.drop()
    },
  }
}
