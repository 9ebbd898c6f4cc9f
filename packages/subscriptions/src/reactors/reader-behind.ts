import type { CheckpointStore, Clock, LogPage } from "@annals/core"
import type { LogReader, PageRequest } from "../reading/log-reader.ts"
import { pause } from "../reading/pause.ts"
import { leastPosition } from "../subscription/driver/measure-lag.ts"

const shortestPauseMs = 10
const longestPauseMs = 1_000

/** What is known of the others. */
interface Followed {
  readonly clock: Clock
  readonly checkpoints: Pick<CheckpointStore, "load">
  head(): Promise<number>
}

/**
 * A reader that stays behind other subscriptions: it hands over an event only when the checkpoints of all of them are past it. So whoever reads by it
 * finds their work done.
 */
export function readerBehind(reader: LogReader, store: Followed, names: readonly string[] = []): LogReader {
  return names.length === 0 ? reader : new ReaderBehind(reader, store, names)
}

class ReaderBehind implements LogReader {
  readonly #reader: LogReader
  readonly #store: Followed
  readonly #names: readonly string[]
  #pauseMs = shortestPauseMs

  constructor(reader: LogReader, store: Followed, names: readonly string[]) {
    this.#reader = reader
    this.#store = store
    this.#names = names
  }

  async read(request: PageRequest): Promise<LogPage> {
    // In this order: an end that is looked up first can't be ahead of what the others had come to then.
    const head = await this.#store.head()
    const least = await this.#least()
    if (least <= request.after) return this.#wait(request, head)
    this.#pauseMs = shortestPauseMs
    const until = Math.min(least, request.until ?? least)
    const page = await this.#reader.read({ ...request, until })
    return { ...page, more: page.more || until < (request.until ?? head) }
  }

  /** No hint comes when the others move on: while they are behind the end, whoever reads asks again. */
  async #wait({ after, signal }: PageRequest, head: number): Promise<LogPage> {
    const more = head > after
    if (more) await pause(this.#store.clock, this.#pauseMs, signal)
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
    return { events: [], scannedTo: after, more }
  }

  async #least(): Promise<number> {
    const { checkpoints } = this.#store
    const places = this.#names.map((name) => leastPosition({ store: { checkpoints }, definition: { name } }))
    return Math.min(...(await Promise.all(places)))
  }
}
