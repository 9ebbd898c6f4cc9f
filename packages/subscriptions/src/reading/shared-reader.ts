import type { EventLog, LogPage } from "@annals/core"
import { ifNotAborted } from "./if-not-aborted.ts"
import type { LogReader, PageRequest } from "./log-reader.ts"
import { cacheBounds, PageCache } from "./page-cache.ts"
import { PageRead } from "./page-read.ts"
import { ReaderPlaces } from "./reader-places.ts"
import { answerFrom, type SharedPage, type SharedRequest } from "./shared-page.ts"
import { StoreReader } from "./store-reader.ts"

/** Events of a page for several readers. */
const maxSharedEvents = 2_000

/**
 * Lets several subscriptions read a store's log together: a page that one reads serves all that are near, each by its own filter. What is read is what
 * any of them wants, as far as one filter says that well; a reader that is alone at its place reads by its own filter, as if there were no other.
 *
 * Nobody waits for a reader that is slow, is stopped or fails. Those that fall too far behind the others read on their own, or with each other.
 */
export class SharedReader implements LogReader {
  readonly #store: Pick<EventLog, "readAll" | "filterTest">
  readonly #direct: StoreReader
  readonly #places = new ReaderPlaces()
  readonly #cache = new PageCache()
  /** Not begun yet: until the end of the turn others may come along. */
  readonly #planned = new Set<PageRead>()
  readonly #underWay = new Set<PageRead>()
  #asked = 0

  constructor(store: Pick<EventLog, "readAll" | "filterTest">) {
    this.#store = store
    this.#direct = new StoreReader(store)
  }

  read(request: PageRequest): Promise<LogPage> {
    return ifNotAborted(request.signal, async () => {
      const { filter, after, until, limit } = request
      const passes = this.#store.filterTest(filter)
      const shared = { filter, after, limit, passes, asked: ++this.#asked }
      if (until !== undefined) return this.#readBounded({ ...shared, until }, until)
      const place = this.#places.arrive(filter, after)
      try {
        const page = await this.#read(shared)
        place.position = page.scannedTo
        return page
      } finally {
        place.isReading = false
      }
    })
  }

  /** Those who read up to a bound don't go on from there: nobody would read along. */
  async #readBounded(request: SharedRequest, until: number): Promise<LogPage> {
    if (until <= request.after) return { events: [], scannedTo: request.after, more: false }
    return this.#cache.answer(request) ?? this.#direct.read(request)
  }

  async #read(request: SharedRequest): Promise<LogPage> {
    const there = this.#cache.answer(request) ?? (await this.#fromUnderWay(request))
    if (there !== undefined) return there
    const pageRead = this.#takeAlong(request) ?? this.#plan(request)
    const answer = await this.#answerOf(pageRead, request)
    // What was to serve several failed, or didn't get as far: that must not be this one's trouble.
    return answer ?? this.#direct.read(request)
  }

  async #fromUnderWay(request: SharedRequest): Promise<LogPage | undefined> {
    for (const pageRead of this.#underWay) {
      if (!pageRead.mayAnswer(request)) continue
      const shared = await pageRead.share().catch(() => undefined)
      // What came after it was begun is left to another page; somebody else may have begun that one meanwhile.
      return (shared && answerFrom(shared, request)) ?? this.#cache.answer(request)
    }
    return undefined
  }

  async #answerOf(pageRead: PageRead, request: SharedRequest): Promise<LogPage | undefined> {
    try {
      const shared = await pageRead.result
      return pageRead.isForOne ? shared.page : answerFrom(shared, request)
    } catch (error) {
      if (pageRead.isForOne) throw error
      return undefined
    }
  }

  #takeAlong(request: SharedRequest): PageRead | undefined {
    for (const pageRead of this.#planned) if (pageRead.takeAlong(request)) return pageRead
    return undefined
  }

  #plan(request: SharedRequest): PageRead {
    const pageRead = new PageRead(request)
    if (this.#countNear(request.after) === 1) {
      void this.#begin(pageRead)
    } else {
      this.#planned.add(pageRead)
      setImmediate(() => void this.#begin(pageRead))
    }
    return pageRead
  }

  async #begin(pageRead: PageRead): Promise<void> {
    this.#planned.delete(pageRead)
    const readers = this.#widen(pageRead)
    this.#underWay.add(pageRead)
    await pageRead.begin(this.#direct, ++this.#asked, readers, maxSharedEvents)
    this.#underWay.delete(pageRead)
    if (readers > 1)
      await pageRead.result.then(
        (shared) => this.#keep(shared),
        () => {},
      )
  }

  #keep(shared: SharedPage): void {
    if (shared.page.scannedTo > shared.from) this.#cache.add(shared)
  }

  /** Reads also what those want who come here soon. Returns how many readers the page is for. */
  #widen(pageRead: PageRead): number {
    let readers = 0
    const left = new Set(this.#places.near(pageRead.from, cacheBounds.events))
    // Again after each that made it wider, which may have brought it near to others.
    for (let before = -1; before !== readers; ) {
      before = readers
      for (const place of left) if (pageRead.widen(place.filter)) readers += left.delete(place) ? 1 : 0
    }
    return readers
  }

  #countNear(position: number): number {
    return [...this.#places.near(position, cacheBounds.events)].length
  }
}
