import type { StorePorts } from "@annals/core"
import type { DocumentQuery, DocumentScan } from "./document-query.ts"

/** A named set of documents that are kept for reading. Made by `defineReadModel`. */
export interface ReadModel<Name extends string = string, Value = unknown> {
  readonly name: Name
  /**
   * Its documents in a store, each call a transaction of its own, or in a unit of work, whose transaction they are then part of.
   *
   * @example
   * const people = defineReadModel("people", type<{ name: string; age: number }>())
   * const found = await people.in(store).get("alice")
   * console.log(found?.value.name)
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

/** The documents that match: nothing is read before it is iterated, and then a page at a time. Each iteration reads anew. */
export interface DocumentReader<Value> extends AsyncIterable<ReadModelDocument<Value>> {
  /** All of them in memory. */
  toArray(): Promise<ReadModelDocument<Value>[]>
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
   * const people = defineReadModel("people", type<{ name: string }>()).in(store)
   * const saved = await people.save("alice", { name: "Alice" }, { expectedVersion: 0 })
   * if (saved === "conflict") console.log("there is an Alice already")
   */
  save(id: string, value: Value, options: { readonly expectedVersion: number }): Promise<number | "conflict">
  /** Whether there was one. */
  delete(id: string): Promise<boolean>
  /**
   * A page of the documents that match, in the given order and then by id. The next page begins where this one ended, also when documents came or
   * went meanwhile.
   *
   * @example
   * const people = defineReadModel("people", type<{ name: string; age: number; address: { city: string } }>()).in(store)
   * const { documents, next } = await people.find({
   *   where: { age: { ">=": 18 }, or: [{ name: "Alice" }, { "address.city": { in: ["Oslo", "Bergen"] } }] },
   *   orderBy: { age: "descending" },
   *   limit: 20,
   * })
   */
  find(query?: DocumentQuery<Value>): Promise<DocumentPage<Value>>
  /**
   * All documents that match, read a page at a time.
   *
   * @example
   * const people = defineReadModel("people", type<{ name: string; age: number }>()).in(store)
   * for await (const { id, value } of people.findAll({ where: { age: { "<": 18 } } })) console.log(id, value.name)
   * const adults = await people.findAll({ where: { age: { ">=": 18 } } }).toArray()
   */
  findAll(query?: DocumentScan<Value>): DocumentReader<Value>
}
