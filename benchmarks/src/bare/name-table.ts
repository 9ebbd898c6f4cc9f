import type { DatabaseSync, StatementSync } from "node:sqlite"

const maxRemembered = 100_000

/** Stores each name once, and remembers its reference. */
export class NameTable {
  readonly #find: StatementSync
  readonly #add: StatementSync
  readonly #refs = new Map<string, number>()
  readonly #names = new Map<number, string>()
  readonly #read: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT ref FROM names WHERE name = ?")
    this.#add = database.prepare("INSERT INTO names (name) VALUES (?)")
    this.#read = database.prepare("SELECT name FROM names WHERE ref = ?")
  }

  /** The reference of a name, which is added where it isn't there yet. */
  refOf(name: string): number {
    return this.#refs.get(name) ?? this.#remember(name)
  }

  nameOf(ref: number): string {
    let name = this.#names.get(ref)
    if (name === undefined) {
      name = this.#read.get(ref)?.name as string
      this.#names.set(ref, name)
    }
    return name
  }

  /** After a rollback: what was added in it isn't there. */
  forget(): void {
    this.#refs.clear()
    this.#names.clear()
  }

  #remember(name: string): number {
    if (this.#refs.size >= maxRemembered) this.#refs.clear()
    const found = this.#find.get(name)
    const ref = Number(found?.ref ?? this.#add.run(name).lastInsertRowid)
    this.#refs.set(name, ref)
    return ref
  }
}
