import { hash } from "node:crypto"

/** How rows are found by what may be long text: a part of its digest, behind which the text itself is compared. */
export interface EventKey {
  /** 64 bits. */
  readonly key: bigint
  /** One bit of 24: what the lock of an append tells about its events. */
  readonly mark: number
}

const markCount = 24

/** Names come again and again. What else there is, such as ids in tags, must not pile up. */
const maxRemembered = 10_000

/** Makes keys, and remembers the latest. Parts of a name are joined by a character that no name may have. */
export class EventKeys {
  readonly #known = new Map<string, EventKey>()

  category(tenant: string, category: string): EventKey {
    return this.#of(`category\0${tenant}\0${category}`)
  }

  tenant(tenant: string): EventKey {
    return this.#of(`tenant\0${tenant}`)
  }

  correlation(correlationId: string): EventKey {
    return this.#of(`correlation\0${correlationId}`)
  }

  kind(category: string, type: string): EventKey {
    return this.#of(`kind\0${category}\0${type}`)
  }

  type(tenant: string, type: string): EventKey {
    return this.#of(`type\0${tenant}\0${type}`)
  }

  tag(tenant: string, tag: string): EventKey {
    return this.#of(`tag\0${tenant}\0${tag}`)
  }

  #of(text: string): EventKey {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const digest = hash("sha256", text, "buffer")
    const made = { key: digest.readBigInt64BE(0), mark: 1 << (digest.readUInt8(8) % markCount) }
    if (this.#known.size >= maxRemembered) this.#known.clear()
    this.#known.set(text, made)
    return made
  }
}
