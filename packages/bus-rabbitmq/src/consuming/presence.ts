import { randomUUID } from "node:crypto"
import type { Clock } from "@annals/core"
import type { Channel } from "amqplib"
import { closeChannel } from "../connection/close-channel.ts"
import type { Publishing } from "../publishing/publishing.ts"
import { privateQueue } from "../topology/declare.ts"
import { type GroupNames, memberKey, membersKey } from "../topology/names.ts"
import { decodeProbe, encodeProbe } from "../wire.ts"
import { Asked } from "./asked.ts"
import { type Hello, isHello } from "./hello.ts"

export interface PresenceOptions {
  readonly names: GroupNames
  readonly clock: Clock
  readonly publishing: Publishing
  openChannel(): Promise<Channel>
  /** A member came or went; it goes on changing until all know each other. */
  changed(): void
  /** Every second, with how many have passed. */
  ticked(count: number): void
  /** The broker has ended it. It can be started again. */
  ended(): void
  /** Messages that this member has and hasn't acknowledged: the broker doesn't tell the others. */
  held(): number
}

/** How often members greet each other. */
const intervalMs = 1_000
const helloExpiresMs = 3_000

/**
 * Which members a group has. Each has a queue of its own, which goes with its connection, and greets the others by it: a greeting that comes back says that its
 * addressee is gone.
 */
export class Presence {
  readonly #options: PresenceOptions
  /** With what each held when it was last heard of. */
  readonly #others = new Map<string, number>()
  readonly #asked = new Set<Asked>()
  #id = ""
  #stopping = new AbortController()
  #channel: Channel | undefined
  #starting: Promise<void> | undefined

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** All members, this one among them, the same everywhere: the oldest first. */
  get members(): readonly string[] {
    return [...this.#others.keys(), this.#id].sort()
  }

  get id(): string {
    return this.#id
  }

  get isRunning(): boolean {
    return this.#channel !== undefined
  }

  /** How many messages the others hold, of those that answer in time; of the rest, what they said last. */
  async askHeld(): Promise<number> {
    const asked = new Asked(this.#others.keys())
    this.#asked.add(asked)
    if (this.#others.size > 0) this.#greet(membersKey, { asks: true })
    await asked.answered(this.#options.clock)
    this.#asked.delete(asked)
    return [...this.#others.values()].reduce((sum, held) => sum + held, 0)
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    const { clock, names, publishing, openChannel } = this.#options
    this.#others.clear()
    this.#id = `${clock.now().toString(36).padStart(9, "0")}-${randomUUID()}`
    this.#stopping = new AbortController()
    const { signal } = this.#stopping
    const queue = names.member(this.#id)
    const channel = await openChannel()
    if (signal.aborted) return closeChannel(channel, clock) // stopped meanwhile
    this.#channel = channel
    channel.once("close", () => this.#ended(channel))
    await channel.assertQueue(queue, privateQueue)
    await channel.bindQueue(queue, names.exchange, memberKey(this.#id))
    await channel.bindQueue(queue, names.exchange, membersKey)
    await channel.consume(queue, (message) => message && this.#heard(decodeProbe(message)), { noAck: true })
    if (signal.aborted) return
    const returns = publishing.onReturn(({ fields }) => this.#gone(fields.routingKey))
    signal.addEventListener("abort", () => returns[Symbol.dispose]())
    this.#greet(membersKey)
    void this.#goOn(signal)
  }

  #ended(channel: Channel): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    this.#stopping.abort()
    this.#options.ended()
  }

  async stop(): Promise<void> {
    const channel = this.#channel
    this.#channel = undefined
    if (!this.#stopping.signal.aborted && channel !== undefined) this.#greet(membersKey, { leaves: true })
    this.#stopping.abort()
    if (channel !== undefined) await closeChannel(channel, this.#options.clock)
  }

  async #goOn(signal: AbortSignal): Promise<void> {
    for (let count = 1; ; count++) {
      try {
        await this.#options.clock.sleep(intervalMs, signal)
      } catch {
        return
      }
      this.#greet(membersKey)
      for (const other of this.#others.keys()) this.#greet(memberKey(other))
      this.#options.ticked(count)
    }
  }

  #greet(key: string, more: Partial<Hello> = {}): void {
    const { names, publishing } = this.#options
    const hello: Hello = { from: this.#id, held: this.#options.held(), ...more }
    publishing.tell(encodeProbe(names.exchange, key, hello, helloExpiresMs))
  }

  #heard(hello: unknown): void {
    if (!isHello(hello) || hello.from === this.#id) return
    if (hello.leaves) {
      this.#gone(memberKey(hello.from))
      return
    }
    const isKnown = this.#others.has(hello.from)
    this.#others.set(hello.from, hello.held ?? 0)
    for (const asked of this.#asked) asked.heard(hello.from)
    if (!isKnown || hello.asks) this.#greet(memberKey(hello.from))
    if (isKnown) return
    this.#options.changed()
  }

  #gone(key: string): void {
    for (const other of this.#others.keys()) {
      if (memberKey(other) !== key) continue
      this.#others.delete(other)
      for (const asked of this.#asked) asked.heard(other)
      this.#options.changed()
    }
  }
}
