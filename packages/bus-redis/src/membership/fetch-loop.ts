import { pause } from "../background-clock.ts"
import type { BlockingReader, Watched } from "../connection/blocking-reader.ts"
import { FencedFetch } from "./fenced-fetch.ts"
import type { MemberContext } from "./member-context.ts"
import type { Source } from "./partition-tenure.ts"
import { fetchByScript } from "./script-fetch.ts"

/** How long after a failed blocking read there is the next one. */
const readerPauseMs = 100

/**
 * Fetches entries of some partitions as long as there are any, then waits on a connection of its own until there are more.
 */
export class FetchLoop {
  readonly #context: MemberContext
  readonly #partitions: ReadonlySet<number>
  readonly #failed: (error: unknown) => void
  readonly #stopping = new AbortController()
  /** Whether Redis can be reached, and it is known what is held. */
  #isOpen = false
  #changes = 0
  #changed = Promise.withResolvers<void>()
  #reader: BlockingReader | undefined
  /** Only with order "stream". */
  readonly #fenced: FencedFetch | undefined
  #turn = 0
  /** Only where partition 0 is. */
  readonly #bell: string | undefined
  #lastRing = "0"

  constructor(context: MemberContext, partitions: readonly number[], failed: (error: unknown) => void) {
    this.#context = context
    this.#partitions = new Set(partitions)
    this.#failed = failed
    if (context.member.order === "stream") this.#fenced = new FencedFetch(context, this.#stopping.signal)
    if (this.#partitions.has(0)) this.#bell = context.topic.keys.ofGroup(0, context.member.group).bell
  }

  /** Resolves when it has been stopped. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const sources = this.#sources()
      const isIdle = sources.length === 0 && this.#fenced?.isUnderWay !== true
      if (!this.#isOpen || (isIdle && this.#bell === undefined)) {
        await this.#changed.promise
        continue
      }
      const changes = this.#changes
      try {
        const isDrained = isIdle || (await this.#fetch(sources))
        if (isDrained && changes === this.#changes) await this.#watch(sources, changes)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#isOpen = false
        this.#failed(error)
      }
    }
  }

  open(): void {
    this.#isOpen = true
    this.changed()
  }

  close(): void {
    this.#isOpen = false
    this.changed()
  }

  /** Looks anew at what is held. */
  changed(): void {
    this.#changes++
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
    this.#dropReader()
  }

  stop(): void {
    this.#stopping.abort()
    this.changed()
    this.#fenced?.close()
    this.#context.budget.wake()
  }

  #sources(): Source[] {
    const sources: Source[] = []
    for (const tenure of this.#context.tenures.values()) {
      if (tenure.isLive && this.#partitions.has(tenure.partition)) sources.push(...tenure.sources)
    }
    return sources
  }

  /** Beginning with another one each time, so that none starves when there is little room. */
  #inTurn(sources: readonly Source[]): readonly Source[] {
    const start = this.#turn++ % sources.length
    return start === 0 ? sources : [...sources.slice(start), ...sources.slice(0, start)]
  }

  /** Returns whether there is nothing more to fetch for now. */
  async #fetch(sources: readonly Source[]): Promise<boolean> {
    const fenced = this.#fenced
    if (fenced === undefined)
      return fetchByScript(this.#context, this.#inTurn(sources), this.#stopping.signal)
    if (!fenced.isUnderWay) {
      const pending = fenced.isResting ? sources : sources.filter(({ cursor }) => cursor !== ">")
      if (pending.length > 0)
        return fetchByScript(this.#context, this.#inTurn(pending), this.#stopping.signal)
      if (!sources.some(({ mayHaveMore }) => mayHaveMore)) return true
    }
    await fenced.fetch(sources)
    return false
  }

  async #watch(sources: readonly Source[], changes: number): Promise<void> {
    const { link } = this.#context.topic
    try {
      if (this.#reader === undefined) {
        const reader = await link.openReader((sources[0]?.key ?? this.#bell) as string)
        // Meanwhile something has changed, and nobody could have cut the read off.
        if (changes !== this.#changes) return reader.close()
        this.#reader = reader
      }
      const watched: Watched[] = sources.map(({ key, watchedFrom }) => ({ key, after: watchedFrom }))
      if (this.#bell !== undefined) watched.push({ key: this.#bell, after: this.#lastRing })
      const news = await this.#reader.wait(watched)
      for (const source of sources) if (news.has(source.key)) source.mayHaveMore = true
      const ring = news.get(this.#bell ?? "")
      if (ring === undefined) return
      this.#lastRing = ring
      this.#context.rung()
    } catch {
      this.#dropReader()
      if (changes !== this.#changes) return
      link.refresh()
      await pause(readerPauseMs, this.#stopping.signal)
    }
  }

  #dropReader(): void {
    this.#reader?.close()
    this.#reader = undefined
  }
}
