import type { Redis } from "ioredis"
import { translateError } from "../errors.ts"

/** The server ends a read after so long without anything new: below what a connection may be silent. */
const blockMs = 5_000

/** A stream, and the last entry of it that is known. */
export interface Watched {
  readonly key: string
  readonly after: string
}

/** A stream, and its entries, as Redis gives them. */
type News = readonly [key: Buffer, entries: readonly [readonly [id: Buffer, fields: readonly Buffer[]]]]

/**
 * A connection of its own for reads that wait. It belongs to no consumer group: what it reads tells that there is something, and nothing more. So nothing is
 * lost when it is cut off in the middle, and a consumer that has lost its lease takes nothing through it.
 */
export class BlockingReader {
  readonly #client: Redis

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

  /** Resolves when one of the streams has something new, or after some seconds; with those that have, and the first new entry of each. */
  async wait(watched: readonly Watched[]): Promise<ReadonlyMap<string, string>> {
    const keys = watched.map(({ key }) => key)
    const ids = watched.map(({ after }) => after)
    try {
      const args = ["COUNT", 1, "BLOCK", blockMs, "STREAMS", ...keys, ...ids]
      const reply = (await this.#client.callBuffer("xread", args)) as readonly News[] | null
      return new Map(reply?.map(([key, [entry]]) => [key.toString(), entry[0].toString()]))
    } catch (error) {
      throw translateError(error)
    }
  }

  /** Ends a read at once. */
  close(): void {
    this.#client.disconnect()
  }
}
