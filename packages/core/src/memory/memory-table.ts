/** Rows by key, as one reader sees them. Rows are never changed in place, only replaced. */
export interface TableView<Row> {
  get(key: string): Row | undefined
  /** In no order. */
  rows(): Iterable<Row>
  /** Only inside a transaction. */
  set(key: string, row: Row): void
  /** Only inside a transaction. */
  delete(key: string): void
}

/** What a transaction changed and can take back. */
export interface Staged {
  commit(): void
  rollback(): void
}

/**
 * Rows that everybody sees, and over them those of the one open transaction, where `undefined` stands for a deleted row.
 * The first change in a transaction adds the table to `changed`.
 */
export class MemoryTable<Row> implements Staged {
  readonly #changed: Set<Staged>
  readonly #committed = new Map<string, Row>()
  readonly #pending = new Map<string, Row | undefined>()

  constructor(changed: Set<Staged>) {
    this.#changed = changed
  }

  /** What readers outside of the transaction see. */
  readonly committed: TableView<Row> = {
    get: (key) => this.#committed.get(key),
    rows: () => this.#committed.values(),
    set: refuse,
    delete: refuse,
  }

  /** What the transaction sees, and changes. */
  readonly staged: TableView<Row> = {
    get: (key) => (this.#pending.has(key) ? this.#pending.get(key) : this.#committed.get(key)),
    rows: () => this.#stagedRows(),
    set: (key, row) => this.#stage(key, row),
    delete: (key) => this.#stage(key, undefined),
  }

  commit(): void {
    for (const [key, row] of this.#pending) {
      if (row === undefined) this.#committed.delete(key)
      else this.#committed.set(key, row)
    }
    this.#pending.clear()
  }

  rollback(): void {
    this.#pending.clear()
  }

  #stage(key: string, row: Row | undefined): void {
    this.#changed.add(this)
    this.#pending.set(key, row)
  }

  *#stagedRows(): Generator<Row> {
    for (const [key, row] of this.#committed) if (!this.#pending.has(key)) yield row
    for (const row of this.#pending.values()) if (row !== undefined) yield row
  }
}

function refuse(): never {
  throw new Error("rows can only be changed inside a transaction")
}

/** Joins the parts of a row's key. No name contains NUL. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join("\0")
}
