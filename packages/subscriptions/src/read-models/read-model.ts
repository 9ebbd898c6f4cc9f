import type { StorePorts } from "@annals/core"
import type { ReadModelQuery, ReadModelScan } from "./read-model-query.ts"

/** A named set of documents that are kept for reading. Made by `defineReadModel`. */
export interface ReadModel<Name extends string = string, Value = unknown> {
  readonly name: Name
  /**
   * Its documents in a store, each call a transaction of its own, or in a unit of work, whose transaction they are then part of.
   *
   * @example
   * const row = await accounts.in(store).get("alice")
   */
  in(place: Pick<StorePorts, "readModels">): ReadModelRepository<Value>
  /** Runs the schema over a value and returns what it makes of it. Throws `INVALID_VALUE` with the path of what is wrong. */
  check(value: unknown): Value
}

/** A document, as it is stored. */
export interface ReadModelDocument<Value> {
  readonly id: string
  /** Counts saves from 1. */
  readonly version: number
  readonly value: Value
}

/** Part of what a query found. */
export interface DocumentPage<Value> {
  readonly documents: readonly ReadModelDocument<Value>[]
  /** Give it as `after` for the next page; `undefined` on the last. */
  readonly next: string | undefined
}

/** Reads and writes the documents of one read model. Rejects with `INVALID_NAME`, `INVALID_OPTION`, `CLOSED`, and as the store does. */
export interface ReadModelRepository<Value> {
  get(id: string): Promise<ReadModelDocument<Value> | undefined>
  /** Many at once, by id; those that aren't there are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ReadModelDocument<Value>>>
  /** Inserts or replaces. Returns the new version. Rejects with `INVALID_VALUE` where the schema or JSON doesn't take the value. */
  save(id: string, value: Value): Promise<number>
  /**
   * Only where the document has this version (0: isn't there yet). A conflict is nothing unexpected, and so a value and no error: read it again,
   * decide again.
   *
   * @example
   * const { version, value } = (await repository.get("alice"))!
   * const saved = await repository.save("alice", { ...value, cents: 0 }, { expectedVersion: version })
   * if (saved === "conflict") console.log("somebody was faster")
   */
  save(id: string, value: Value, options: { readonly expectedVersion: number }): Promise<number | "conflict">
  /** Whether there was one. */
  delete(id: string): Promise<boolean>
  /**
   * A page of the documents that match, in the given order and then by id. The next page begins where this one ended, also when documents came or
   * went meanwhile.
   *
   * @example
   * const { documents, next } = await accounts.in(store).find({
   *   where: { cents: { ">=": 100 }, or: [{ owner: "Alice" }, { "address.city": { in: ["Oslo", "Bergen"] } }] },
   *   orderBy: { cents: "descending" },
   *   limit: 20,
   * })
   */
  find(query?: ReadModelQuery<Value>): Promise<DocumentPage<Value>>
  /**
   * All documents that match, read a page at a time.
   *
   * @example
   * for await (const { id, value } of accounts.in(store).findAll({ where: { cents: { "<": 0 } } })) console.log(id, value.cents)
   */
  findAll(query?: ReadModelScan<Value>): AsyncIterable<ReadModelDocument<Value>>
}
