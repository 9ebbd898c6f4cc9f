import type { Fence, FencedReader, ReadOutcome } from "../connection/fenced-reader.ts"
import { leaseHolder } from "../scripts/script-parts.ts"
import { type NativeEntry, readNative } from "./entries.ts"
import type { MemberContext } from "./member-context.ts"
import type { RedisDelivery, Source } from "./partition-tenure.ts"

/** How long everything goes by script after a read has failed. */
const restMs = 1_000

/** A read that is under way. */
interface Request {
  /** Those whose leases are its fence, and those of them that are read. */
  readonly fenced: readonly Source[]
  readonly read: readonly Source[]
  /** Most entries of each. */
  readonly count: number
  /** Taken from the budget. */
  readonly room: number
  readonly outcome: Promise<ReadOutcome>
}

/** Order "stream": fetches new entries, a page at a time. While one is handled, the next one is on its way. */
export class FencedFetch {
  readonly #context: MemberContext
  readonly #stopping: AbortSignal
  #reader: FencedReader | undefined
  #fence: Fence | undefined
  #ahead: Request | undefined
  #turn = 0
  /** By the process's own clock. */
  #restsUntil = 0

  constructor(context: MemberContext, stopping: AbortSignal) {
    this.#context = context
    this.#stopping = stopping
  }

  /**
   * Whether a read has failed lately. A server that is short of memory takes no transactions, users may lack the right to them, there may be too many connections: scripts
   * go on, or say what is wrong.
   */
  get isResting(): boolean {
    return performance.now() < this.#restsUntil
  }

  /** Whether a page is on its way: it must be taken before anything else is fetched, for it may hold what would be fetched again. */
  get isUnderWay(): boolean {
    return this.#ahead !== undefined
  }

  /** Hands over a page of what is new in the sources, all of which have been read up to what is new. */
  async fetch(sources: readonly Source[]): Promise<void> {
    let request = this.#ahead
    this.#ahead = undefined
    if (request === undefined) {
      await this.#context.budget.wait()
      if (this.#stopping.aborted) return
      if (!(await this.#open(sources))) return
      request = this.#request(this.#reader as FencedReader, sources)
    }
    if (request === undefined) return
    let received = 0
    try {
      const outcome = await request.outcome
      if ("held" in outcome) return this.#heed(outcome.held, request)
      const deliveries = this.#take(outcome.page, request)
      this.#ahead = this.#requestAhead(request)
      received = deliveries.length
      if (received > 0) this.#context.member.receive(deliveries)
    } catch {
      this.#recover(request.fenced)
    } finally {
      this.#context.budget.giveBack(request.room - received)
    }
  }

  close(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  #request(reader: FencedReader, sources: readonly Source[]): Request | undefined {
    const { budget, member } = this.#context
    // Meanwhile pending ones may have to be read again, which come first.
    if (sources.some(({ cursor }) => cursor !== ">")) return undefined
    const room = budget.takeHalf()
    if (room === 0) return undefined
    const read = this.#choose(sources).slice(0, room)
    const count = Math.floor(room / read.length)
    const keys = read.map(({ key }) => key)
    const args = [
      "GROUP",
      member.group,
      leaseHolder,
      "COUNT",
      count,
      "STREAMS",
      ...keys,
      ...keys.map(() => ">"),
    ]
    const outcome = reader.read(this.#fenceOf(sources), args)
    outcome.catch(() => {}) // whoever takes it is told
    return { fenced: sources, read, count, room, outcome }
  }

  #requestAhead({ fenced, read }: Request): Request | undefined {
    const mayGoOn =
      this.#reader !== undefined &&
      this.#context.budget.isWorthwhile &&
      read.some(({ mayHaveMore }) => mayHaveMore) &&
      fenced.every(({ tenure }) => tenure.isLive)
    return mayGoOn ? this.#request(this.#reader as FencedReader, fenced) : undefined
  }

  /** Every other time only those that have more, so that few of them get the whole page. Beginning with another one each time, so that none starves. */
  #choose(sources: readonly Source[]): readonly Source[] {
    const turn = this.#turn++
    const full = turn % 2 === 0 ? [] : sources.filter(({ mayHaveMore }) => mayHaveMore)
    const chosen = full.length === 0 ? sources : full
    const start = turn % chosen.length
    return start === 0 ? chosen : [...chosen.slice(start), ...chosen.slice(0, start)]
  }

  /** The same one for the same leases. */
  #fenceOf(sources: readonly Source[]): Fence {
    const tokens = sources.map(({ tenure }) => tenure.token)
    const guards = sources.map(({ tenure }) => tenure.guard)
    const fence = this.#fence
    const isSame = fence?.tokens.join() === tokens.join() && fence.guards.join() === guards.join()
    if (fence !== undefined && isSame) return fence
    this.#fence = { guards, tokens }
    return this.#fence
  }

  #take(page: ReadonlyMap<string, readonly unknown[]>, { read, count }: Request): RedisDelivery[] {
    const deliveries: RedisDelivery[] = []
    for (const source of read) {
      const entries = (page.get(source.key) ?? []) as readonly NativeEntry[]
      source.mayHaveMore = entries.length >= count
      const last = entries.at(-1)
      if (last !== undefined) source.watchedFrom = last[0].toString()
      // What comes too late stays pending, for whoever is next.
      if (source.tenure.isLive && !this.#stopping.aborted) readNative(source, entries, deliveries)
    }
    return deliveries
  }

  #heed(held: readonly boolean[], { fenced }: Request): void {
    for (const [index, { tenure }] of fenced.entries()) if (held[index] === false) this.#context.lost(tenure)
  }

  async #open([first]: readonly Source[]): Promise<boolean> {
    if (this.#reader !== undefined) return true
    try {
      const reader = await this.#context.topic.link.openFencedReader(first?.key as string)
      if (this.#stopping.aborted) reader.close()
      else this.#reader = reader
    } catch {
      this.#recover([])
    }
    return this.#reader !== undefined
  }

  /** Nobody knows whether the read happened: what it took is pending then. */
  #recover(fenced: readonly Source[]): void {
    this.close()
    for (const { tenure } of fenced) tenure.readAgain()
    this.#restsUntil = performance.now() + restMs
    this.#context.topic.link.refresh()
  }
}
