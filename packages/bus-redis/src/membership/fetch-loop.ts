import { pause } from "../background-clock.ts"
import type { BlockingReader, Watched } from "../connection/blocking-reader.ts"
import type { Argument, Reply } from "../connection/redis-link.ts"
import { fetchScript } from "../scripts/messages.ts"
import { readEntries, textOf } from "./entries.ts"
import type { MemberContext } from "./member-context.ts"
import type { RedisDelivery, Source } from "./partition-tenure.ts"

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
  #turn = 0
  /** Only where partition 0 is. */
  readonly #bell: string | undefined
  #lastRing = "0"

  constructor(context: MemberContext, partitions: readonly number[], failed: (error: unknown) => void) {
    this.#context = context
    this.#partitions = new Set(partitions)
    this.#failed = failed
    if (this.#partitions.has(0)) this.#bell = context.topic.keys.ofGroup(0, context.member.group).bell
  }

  /** Resolves when it has been stopped. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const sources = this.#sources()
      if (!this.#isOpen || (sources.length === 0 && this.#bell === undefined)) {
        await this.#changed.promise
        continue
      }
      const changes = this.#changes
      try {
        const isDrained = sources.length === 0 || (await this.#fetch(sources))
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
    this.#context.budget.wake()
  }

  /** Beginning with another one each time, so that none starves when there is little room. */
  #sources(): Source[] {
    const sources: Source[] = []
    for (const tenure of this.#context.tenures.values()) {
      if (tenure.isLive && this.#partitions.has(tenure.partition)) sources.push(...tenure.sources)
    }
    const start = sources.length === 0 ? 0 : this.#turn++ % sources.length
    return start === 0 ? sources : [...sources.slice(start), ...sources.slice(0, start)]
  }

  /** Returns whether there is nothing more to fetch for now. */
  async #fetch(sources: readonly Source[]): Promise<boolean> {
    const { budget, member, topic } = this.#context
    const room = await budget.take()
    let received = 0
    try {
      if (room === 0 || this.#stopping.signal.aborted) return false
      const cursors = sources.map(({ cursor }) => cursor)
      const keys: string[] = []
      const args: Argument[] = [member.order, member.group, room]
      for (const { key, tenure, cursor } of sources) {
        keys.push(key, tenure.guard, tenure.keys.attempts)
        args.push(tenure.token, cursor)
      }
      const { losses } = topic.link
      const answer = (await topic.link.script(fetchScript, keys, args)) as readonly (readonly Reply[])[]
      if (losses !== topic.link.losses) {
        // What came before it may have been read, and not have arrived.
        for (const { tenure } of sources) tenure.readAgain()
        return false
      }
      let isDrained = answer.length === sources.length
      const deliveries: RedisDelivery[] = []
      for (const [index, source] of sources.entries()) {
        const one = answer[index]
        if (one === undefined) break
        if (!this.#take(source, cursors[index] as string, one, deliveries)) isDrained = false
      }
      received = deliveries.length
      if (received > 0) member.receive(deliveries)
      return isDrained
    } finally {
      budget.giveBack(room - received)
    }
  }

  /** Takes what there is of one source. Returns whether that was all. */
  #take(source: Source, cursor: string, answer: readonly Reply[], deliveries: RedisDelivery[]): boolean {
    const [isHeld, count, last, delivered, flat] = answer
    if (isHeld !== 1) {
      this.#context.lost(source.tenure)
      return false
    }
    // What comes too late stays pending, for whoever is next.
    if (!source.tenure.isLive || this.#stopping.signal.aborted) return false
    for (const delivery of readEntries(source, flat as readonly Reply[])) deliveries.push(delivery)
    if (cursor !== ">") {
      if (source.cursor === cursor) source.cursor = count === 0 ? ">" : textOf(last)
      return false
    }
    source.watchedFrom = textOf(delivered)
    return source.watchedFrom !== ""
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
      const ring = (await this.#reader.wait(watched)).get(this.#bell ?? "")
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
