import type { Redis } from "ioredis"
import { holdersScript } from "../scripts/messages.ts"
import type { Reply } from "./redis-link.ts"

/** Who must hold what, so that something may be read. */
export interface Fence {
  readonly guards: readonly string[]
  readonly tokens: readonly string[]
}

/** By stream, as Redis gives them. */
type Page = ReadonlyMap<string, readonly Reply[]>

/** What `read` found: a page, or for each guard whether the member's token is on it. */
export type ReadOutcome = { readonly page: Page } | { readonly held: readonly boolean[] }

/**
 * A connection of its own for taking new entries from streams, only while the member holds their leases: it watches the leases, looks who holds them, and
 * reads in a transaction, which Redis drops when one of them has changed since. A script could do the same, and takes twice as long, for it makes Lua
 * tables of everything it reads. The next watch and look go along behind each transaction: there is one round trip for a page.
 *
 * It never connects again by itself, so half a transaction is never repeated, and no read happens without its watch. When a read fails it may have happened:
 * the connection must be closed, and what is pending be read.
 */
export class FencedReader {
  readonly #client: Redis
  /** What the connection watches, all of it held when that was looked at last. */
  #watched: Fence | undefined

  constructor(client: Redis) {
    this.#client = client
    client.on("error", () => {}) // the read fails
  }

  async open(): Promise<void> {
    try {
      await this.#client.connect()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** `readArgs`: of XREADGROUP. The same fence as before needs no further round trip. */
  async read(fence: Fence, readArgs: (string | number)[]): Promise<ReadOutcome> {
    try {
      if (this.#watched !== fence) {
        const [, , holders] = await inOrder([this.#client.callBuffer("unwatch"), ...this.#watch(fence)])
        const held = this.#verify(fence, holders)
        if (held !== undefined) return { held }
      }
      const [, , found, , holders] = await inOrder([
        this.#client.callBuffer("multi"),
        this.#client.callBuffer("xreadgroup", readArgs),
        this.#client.callBuffer("exec"),
        ...this.#watch(fence),
      ])
      const held = this.#verify(fence, holders)
      if (found !== null) return { page: pageOf(found) }
      // Somebody wrote a lease, maybe the member itself, which has renewed it.
      return { held: held ?? fence.guards.map(() => true) }
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    this.#watched = undefined
    this.#client.disconnect()
  }

  /** First watching, then looking: whatever happens in between makes the transaction fail. */
  #watch({ guards }: Fence): Promise<unknown>[] {
    return [
      this.#client.callBuffer("watch", [...guards]),
      this.#client.callBuffer("eval", [holdersScript, guards.length, ...guards]),
    ]
  }

  #verify(fence: Fence, holders: unknown): readonly boolean[] | undefined {
    const held = fence.tokens.map((token, index) => String((holders as Reply[])[index]) === token)
    const isHeld = held.every(Boolean)
    this.#watched = isHeld ? fence : undefined
    return isHeld ? undefined : held
  }
}

/** All answers, or the first failure: what comes behind it fails because of it. */
async function inOrder(answers: readonly Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(answers)
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason
    return outcome.value
  })
}

/** The answer of a transaction of one read. By RESP 3 it is a flat list of streams and their entries, by RESP 2 one of pairs. */
function pageOf(answer: unknown): Page {
  const [read] = answer as readonly [Error | readonly Reply[] | null]
  if (read instanceof Error) throw read
  const page = new Map<string, readonly Reply[]>()
  const isFlat = Buffer.isBuffer(read?.[0])
  const flat = (isFlat ? read : (read as readonly (readonly Reply[])[] | null)?.flat()) ?? []
  for (let at = 0; at + 1 < flat.length; at += 2) page.set(String(flat[at]), flat[at + 1] as readonly Reply[])
  return page
}
