import { type DeadLetter, type NewDeadLetter, type ParkedStream, streamName } from "@annals/core"
import { deadLetterSource } from "../../dead-letters/dead-letter-source.ts"
import type { HeldSlots } from "../../sharing/membership.ts"
import type { Runtime } from "./runtime.ts"

const entriesAtATime = 1000

/**
 * Keeps an eye on parked streams whose first entry is no failure. They wait for nothing: what they waited for was discarded at the very moment when another
 * entry was parked behind it. Such a stream counts as requeued. Only the owner parks, so it is enough to look at the streams into which this run
 * parked an entry that waits, and at all of them when slots are taken over.
 */
export class ParkedStreams<Tx> {
  readonly #runtime: Pick<Runtime<Tx>, "store" | "definition">
  readonly #suspects = new Set<string>()

  constructor(runtime: Pick<Runtime<Tx>, "store" | "definition">) {
    this.#runtime = runtime
  }

  get #source(): string {
    return deadLetterSource(this.#runtime.definition.name)
  }

  /** After entries were parked. */
  noteParked(entries: readonly NewDeadLetter[]): void {
    for (const { stream, failure } of entries)
      if (failure === undefined) this.#suspects.add(streamName(stream))
  }

  /** All that are parked, or those of these slots at least. */
  async load(held: readonly HeldSlots[]): Promise<readonly ParkedStream[]> {
    this.#suspects.clear()
    const parked = await this.#parked()
    const isOwn = ({ slot }: { readonly slot: number }) =>
      held.some(({ slots }) => slots.first <= slot && slot <= slots.last)
    const own = parked.filter(isOwn)
    if (own.length === 0) return parked
    const waitingForNothing = new Set<string>()
    const seen = new Set<string>()
    for await (const { stream, failure } of this.#entries()) {
      const name = streamName(stream)
      if (!seen.has(name) && failure === undefined) waitingForNothing.add(name)
      seen.add(name)
    }
    return parked.map((one) => (waitingForNothing.has(streamName(one.stream)) ? requeued(one) : one))
  }

  /** The same as of now, for slots that are held. */
  async look(): Promise<readonly ParkedStream[]> {
    const suspects = new Set(this.#suspects)
    const parked = await this.#parked()
    const streams: ParkedStream[] = []
    for (const one of parked) {
      const isSuspect = one.status === "parked" && suspects.has(streamName(one.stream))
      streams.push(isSuspect && (await this.#waitsForNothing(one)) ? requeued(one) : one)
    }
    for (const name of suspects) this.#suspects.delete(name)
    return streams
  }

  #parked(): Promise<readonly ParkedStream[]> {
    return this.#runtime.store.deadLetters.parkedStreams(this.#source)
  }

  async #waitsForNothing({ stream }: ParkedStream): Promise<boolean> {
    const { deadLetters } = this.#runtime.store
    const [first] = await deadLetters.list({ source: this.#source, stream, limit: 1 })
    return first !== undefined && first.failure === undefined
  }

  async *#entries(): AsyncGenerator<DeadLetter> {
    const { deadLetters } = this.#runtime.store
    for (let after = 0; ; ) {
      const entries = await deadLetters.list({ source: this.#source, after, limit: entriesAtATime })
      yield* entries
      if (entries.length < entriesAtATime) return
      after = entries.at(-1)?.sequence ?? after
    }
  }
}

function requeued(stream: ParkedStream): ParkedStream {
  return { ...stream, status: "requeued" }
}
