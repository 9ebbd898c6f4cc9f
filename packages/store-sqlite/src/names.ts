import { AnnalsError } from "@annals/core"
import type { Connection } from "./connection.ts"
import type { EventKind, NameMaps } from "./name-maps.ts"
import {
  findCategory,
  findKind,
  findKindByRef,
  findTag,
  findTagName,
  findTenant,
  insertCategory,
  insertKind,
  insertTag,
  insertTenant,
} from "./statements/names.ts"

/** Finds the small integers that stand for names in the database, and the other way round. `add…` creates what isn't there. */
export class Names {
  readonly #connection: Connection
  readonly #maps: NameMaps

  constructor(connection: Connection, maps: NameMaps) {
    this.#connection = connection
    this.#maps = maps
  }

  findTenant(tenant: string): number | undefined {
    return this.#find(this.#maps.tenants, tenant, findTenant, [tenant])
  }

  addTenant(tenant: string): number {
    return this.findTenant(tenant) ?? this.#add(this.#maps.tenants, tenant, insertTenant, [tenant])
  }

  findCategory(tenantRef: number, category: string): number | undefined {
    const params = [tenantRef, category]
    return this.#find(this.#maps.categories, `${tenantRef} ${category}`, findCategory, params)
  }

  addCategory(tenantRef: number, category: string): number {
    const known = this.findCategory(tenantRef, category)
    if (known !== undefined) return known
    return this.#add(this.#maps.categories, `${tenantRef} ${category}`, insertCategory, [tenantRef, category])
  }

  findTag(tenantRef: number, tag: string): number | undefined {
    return this.#find(this.#maps.tags, `${tenantRef} ${tag}`, findTag, [tenantRef, tag])
  }

  addTag(tenantRef: number, tag: string): number {
    const known = this.findTag(tenantRef, tag)
    if (known !== undefined) return known
    return this.#add(this.#maps.tags, `${tenantRef} ${tag}`, insertTag, [tenantRef, tag])
  }

  addKind(categoryRef: number, kind: Omit<EventKind, "ref">): EventKind {
    const { type, schemaVersion, encoding, textAsBytes } = kind
    const key = `${categoryRef} ${schemaVersion} ${Number(textAsBytes)} ${encoding}\0${type}`
    const known = this.#maps.kinds.get(key)
    if (known !== undefined) return known
    const params = [categoryRef, type, schemaVersion, encoding, Number(textAsBytes)]
    const ref =
      this.#connection.get<[number]>(findKind, ...params)?.[0] ?? this.#connection.insert(insertKind, params)
    const added = { ...kind, ref }
    this.#maps.kinds.set(key, added)
    this.#maps.kindsByRef.set(ref, added)
    return added
  }

  kind(ref: number): EventKind {
    const known = this.#maps.kindsByRef.get(ref)
    if (known !== undefined) return known
    type KindRow = [
      tenant: string,
      category: string,
      type: string,
      version: number,
      encoding: string,
      asBytes: number,
    ]
    const row = this.#connection.get<KindRow>(findKindByRef, ref)
    if (row === undefined) throw corrupt(`an event is of kind ${ref}, which isn't there`)
    const [tenant, category, type, schemaVersion, encoding, asBytes] = row
    const kind = { ref, tenant, category, type, schemaVersion, encoding, textAsBytes: asBytes === 1 }
    this.#maps.kindsByRef.set(ref, kind)
    return kind
  }

  /** The names of tags, from the way an event's row keeps them. */
  tags(refs: string): readonly string[] {
    return refs.split(" ").map((ref) => this.#tagName(Number(ref)))
  }

  /** Whether a kind is already noted in a segment, or else a later one. */
  isNoted(kindRef: number, segment: number): boolean {
    return (this.#maps.segments.get(kindRef) ?? -1) >= segment
  }

  note(kindRef: number, segment: number): void {
    this.#maps.segments.set(kindRef, segment)
  }

  #tagName(ref: number): string {
    const known = this.#maps.tagNames.get(ref)
    if (known !== undefined) return known
    const name = this.#connection.get<[string]>(findTagName, ref)?.[0]
    if (name === undefined) throw corrupt(`an event has tag ${ref}, which isn't there`)
    this.#maps.tagNames.set(ref, name)
    return name
  }

  #find(map: NameMaps["tags"], key: string, sql: string, params: (string | number)[]): number | undefined {
    const known = map.get(key)
    if (known !== undefined) return known
    const ref = this.#connection.get<[number]>(sql, ...params)?.[0]
    if (ref !== undefined) map.set(key, ref)
    return ref
  }

  #add(map: NameMaps["tags"], key: string, sql: string, params: (string | number)[]): number {
    const ref = this.#connection.insert(sql, params)
    map.set(key, ref)
    return ref
  }
}

function corrupt(what: string): AnnalsError {
  return new AnnalsError("STORE_CORRUPT", `${what}: run checkIntegrity() and restore a backup`)
}
