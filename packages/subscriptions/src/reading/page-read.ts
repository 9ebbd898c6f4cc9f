import type { LogPage } from "@annals/core"
import { coverBoth, covers } from "./cover-filters.ts"
import type { LogReader, ReadFilter } from "./log-reader.ts"
import type { SharedPage, SharedRequest } from "./shared-page.ts"

/** A page that is to be read for several, or is under way. */
export class PageRead {
  #filter: ReadFilter
  #from: number
  #furthest: number
  #limit: number
  #takers = 1
  #isWidened = false
  readonly #result = Promise.withResolvers<SharedPage>()

  constructor({ filter, after, limit }: SharedRequest) {
    this.#filter = filter
    this.#from = after
    this.#furthest = after
    this.#limit = limit
    this.#result.promise.catch(() => {}) // whoever still waits for it learns of it
  }

  get filter(): ReadFilter {
    return this.#filter
  }

  get from(): number {
    return this.#from
  }

  /** Whether it is just what one reader asked for, and given to nobody else. */
  get isForOne(): boolean {
    return this.#takers === 1 && !this.#isWidened
  }

  /** Rejects with what the store rejected with. */
  get result(): Promise<SharedPage> {
    return this.#result.promise
  }

  /** Takes a request along, if the page can have both. Only before it is begun. */
  takeAlong({ filter, after, limit }: SharedRequest): boolean {
    const from = Math.min(this.#from, after)
    const furthest = Math.max(this.#furthest, after)
    if (furthest - from >= Math.min(this.#limit, limit)) return false
    if (!this.widen(filter)) return false
    this.#takers++
    this.#from = from
    this.#furthest = furthest
    this.#limit = Math.max(this.#limit, limit)
    return true
  }

  /** Reads also what passes this filter, if that isn't much more. Only before it is begun. */
  widen(filter: ReadFilter): boolean {
    const cover = coverBoth(this.#filter, filter)
    if (cover === undefined) return false
    this.#filter = cover
    return true
  }

  /** Whether it may answer a request that came after it was begun. */
  mayAnswer({ filter, after }: SharedRequest): boolean {
    return after >= this.#from && after - this.#from < this.#limit && covers(this.#filter, filter)
  }

  /** Somebody waits for a page that was begun before. */
  share(): Promise<SharedPage> {
    this.#takers++
    return this.#result.promise
  }

  /** Reads as many events as the request for most has asked for, times `readers`, as each takes only those of its own filter. */
  async begin(reader: LogReader, begun: number, readers: number, maxEvents: number): Promise<void> {
    this.#isWidened = readers > 1
    const limit = Math.max(this.#limit, Math.min(this.#limit * readers, maxEvents))
    const [filter, from] = [this.#filter, this.#from]
    try {
      const page: LogPage = await reader.read({ filter, after: from, limit })
      this.#result.resolve({ filter, from, begun, page })
    } catch (error) {
      this.#result.reject(error)
    }
  }
}
