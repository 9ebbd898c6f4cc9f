import type { BusMessage } from "@annals/core"
import type { Channel, ChannelModel, ConfirmChannel, Message } from "amqplib"
import { closeChannel } from "../connection/close-channel.ts"
import { Link } from "../connection/link.ts"
import { failed, translateError, unavailable } from "../errors.ts"
import type { Settings } from "../settings.ts"
import { declareTopic } from "../topology/declare.ts"
import { groupKey, type Names } from "../topology/names.ts"
import { encodeEvent, encodeProbe, type Outgoing } from "../wire.ts"
import { Sender } from "./sender.ts"

/**
 * The connection on which everything is sent. Consuming has its own: where the broker is short of memory or disk space it doesn't read any more from who sends, and
 * acknowledgements must still reach it.
 */
export class Publishing {
  readonly #settings: Settings
  readonly #names: Names
  readonly #link: Link
  /** Of events, and of what groups send to themselves: a full retry queue doesn't concern who publishes events. */
  readonly #events: Sender
  readonly #again: Sender
  #control: Channel | undefined
  /** Of a connection that isn't up yet. */
  #channels: readonly [events: ConfirmChannel, again: ConfirmChannel, control: Channel] | undefined
  readonly #returnListeners = new Set<(message: Message) => void>()
  readonly #keys: readonly string[]

  constructor(settings: Settings, names: Names) {
    this.#settings = settings
    this.#names = names
    this.#keys = Array.from({ length: names.partitions }, (_, partition) => `${partition}`)
    const { clock, publishTimeoutMs } = settings
    const options = {
      clock,
      timeoutMs: publishTimeoutMs,
      stuck: (error: unknown) => this.#link.recycle(this.#explainStuck(error)),
      away: () => this.#link.awayError(),
    }
    this.#events = new Sender(options)
    this.#again = new Sender(options)
    this.#link = new Link(settings, "publishing", {
      setUp: (model) => this.#setUp(model),
      up: () => this.#up(),
      down: (error) => this.#down(error),
    })
  }

  open(): Promise<void> {
    return this.#link.open()
  }

  async publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void> {
    const { topic, partitions } = this.#names
    const outgoing = messages.map((message) =>
      encodeEvent(message, topic, this.#keys[message.slot % partitions] as string),
    )
    const returned = await this.#sendBy(this.#events, outgoing, signal)
    if (returned.length > 0) await this.#explainReturned(returned)
  }

  /** Resolves when it is safe in the queue that it is for; rejects where there is none. */
  async sendAgain(messages: readonly Outgoing[]): Promise<void> {
    const [returned] = await this.#sendBy(this.#again, messages)
    if (returned !== undefined) throw failed(`there is no queue for ${returned.routingKey} (NOT_FOUND)`)
  }

  /** Sends without waiting for anything, and not at all while the connection is away. */
  tell({ exchange, routingKey, content, options }: Outgoing): void {
    if (this.#link.isUp) this.#control?.publish(exchange, routingKey, content, options)
  }

  /** Hears of what was told to nobody. */
  onReturn(listener: (message: Message) => void): Disposable {
    this.#returnListeners.add(listener)
    return { [Symbol.dispose]: () => void this.#returnListeners.delete(listener) }
  }

  /** One exchange with the broker. */
  async ping(): Promise<void> {
    await this.#link.ready()
    const { model, blocked } = this.#link
    if (blocked !== undefined) throw unavailable(`the broker takes no messages: ${blocked}`)
    const channel = await model.createChannel()
    channel.on("error", () => {})
    try {
      await channel.checkExchange(this.#names.topic)
      await closeChannel(channel, this.#settings.clock)
    } catch (error) {
      throw translateError(error)
    }
  }

  async close(): Promise<void> {
    await this.#link.close()
    this.#down(unavailable("the bus is closed"))
  }

  async #sendBy(
    sender: Sender,
    messages: readonly Outgoing[],
    signal?: AbortSignal,
  ): Promise<readonly Outgoing[]> {
    try {
      return await sender.send(messages, signal)
    } catch (error) {
      throw signal?.aborted ? error : translateError(error)
    }
  }

  async #setUp(model: ChannelModel): Promise<void> {
    const [events, again, control] = await Promise.all([
      model.createConfirmChannel(),
      model.createConfirmChannel(),
      model.createChannel(),
    ])
    for (const channel of [events, again, control]) this.#recycleWithout(channel)
    control.on("return", (message) => {
      for (const listener of this.#returnListeners) listener(message)
    })
    await declareTopic(control, this.#names)
    this.#channels = [events, again, control]
  }

  #up(): void {
    if (this.#channels === undefined) return
    const [events, again, control] = this.#channels
    this.#control = control
    this.#events.attach(events)
    this.#again.attach(again)
  }

  /** A channel that the broker closes, as when an exchange is gone, takes the connection with it: with the next one everything is declared again. */
  #recycleWithout(channel: Channel): void {
    let reason: unknown
    channel.on("error", (error) => {
      reason = error
    })
    const recycle = () => this.#link.recycle(reason ?? unavailable("the channel was closed"))
    // Where it's the connection that is lost, that is known by then, and why.
    channel.on("close", () => queueMicrotask(recycle))
  }

  #down(error: unknown): void {
    this.#control = undefined
    this.#events.detach(error)
    this.#again.detach(error)
  }

  #explainStuck(error: unknown): unknown {
    const { blocked } = this.#link
    return blocked === undefined ? error : unavailable(`the broker takes no messages: ${blocked}`, error)
  }

  /**
   * A message that finds no queue isn't wanted by anybody as long as there is no group. Whether there is one is asked by a message that every group takes, and that
   * isn't kept.
   */
  async #explainReturned(returned: readonly Outgoing[]): Promise<void> {
    const probe = encodeProbe(this.#names.topic, groupKey, null, 0)
    const [unwanted] = await this.#sendBy(this.#again, [probe])
    const { logger } = this.#settings
    const { topic } = this.#names
    if (unwanted !== undefined) {
      return logger?.debug("events were published that no group waits for", {
        topic,
        events: returned.length,
      })
    }
    const partitions = [...new Set(returned.map(({ routingKey }) => routingKey))]
    logger?.error("events found no queue, though there is a group", { topic, partitions })
    throw failed(
      `${returned.length} events found no queue for partition ${partitions.join(", ")}, though there are groups: a queue was removed; its consumers make it again`,
    )
  }
}
