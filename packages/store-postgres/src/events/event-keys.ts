import { hash } from "node:crypto"
import type { StreamKey } from "@annals/core"
import { type Halves, hashText } from "./hash-text.ts"

/** How rows are found by what may be long text: 64 bits of a hash, behind which the text itself is compared. */
export class EventKey {
  readonly high: number
  readonly low: number
  /** One bit of 24, what the lock of an append tells about its events. */
  readonly mark: number

  constructor({ high, low }: Halves) {
    this.high = high
    this.low = low
    this.mark = 1 << (((high ^ low) >>> 0) % markCount)
  }

  /** A parameter of type bigint, in PostgreSQL's binary format. */
  get bytes(): Buffer {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeInt32BE(this.high, 0)
    bytes.writeInt32BE(this.low, 4)
    return bytes
  }

  /** The same number as text. */
  toString(): string {
    return this.bytes.readBigInt64BE(0).toString()
  }
}

const markCount = 24

/** Makes keys, and remembers the latest. Parts of a name are joined by a character that no name may have. */
export class EventKeys {
  readonly #tenants = new KeysOf("tenant", digestText)
  readonly #categories = new KeysOf("category", digestText)
  readonly #kinds = new KeysOf("kind", digestText)
  readonly #types = new KeysOf("type", hashText)
  readonly #tags = new KeysOf("tag", hashText)

  tenant(tenant: string): EventKey {
    return this.#tenants.get("", tenant)
  }

  category(tenant: string, category: string): EventKey {
    return this.#categories.get(tenant, category)
  }

  /** Its low half is the stream's lock. Not remembered: the next one is another. */
  stream({ tenant, category, id }: StreamKey): EventKey {
    return new EventKey(hashText(`stream\0${tenant}\0${category}\0${id}`))
  }

  kind(category: string, type: string): EventKey {
    return this.#kinds.get(category, type)
  }

  type(tenant: string, type: string): EventKey {
    return this.#types.get(tenant, type)
  }

  tag(tenant: string, tag: string): EventKey {
    return this.#tags.get(tenant, tag)
  }

  /** Not remembered: the next one is another. */
  correlation(correlationId: string): EventKey {
    return new EventKey(hashText(`correlation\0${correlationId}`))
  }
}

/** Names come again and again. What else there is, such as ids in tags, must not pile up. */
const maxRemembered = 10_000

/** For the few that nobody may make two of: rows are unique by them. */
function digestText(text: string): Halves {
  const digest = hash("sha256", text, "buffer")
  return { high: digest.readInt32BE(0), low: digest.readInt32BE(4) }
}

class KeysOf {
  readonly #what: string
  readonly #hash: (text: string) => Halves
  readonly #known = new Map<string, Map<string, EventKey>>()
  #count = 0

  constructor(what: string, hash: (text: string) => Halves) {
    this.#what = what
    this.#hash = hash
  }

  get(owner: string, name: string): EventKey {
    return this.#known.get(owner)?.get(name) ?? this.#make(owner, name)
  }

  #make(owner: string, name: string): EventKey {
    const key = new EventKey(this.#hash(`${this.#what}\0${owner}\0${name}`))
    if (this.#count++ === maxRemembered) {
      this.#known.clear()
      this.#count = 1
    }
    const known = this.#known.get(owner)
    if (known === undefined) this.#known.set(owner, new Map([[name, key]]))
    else known.set(name, key)
    return key
  }
}
