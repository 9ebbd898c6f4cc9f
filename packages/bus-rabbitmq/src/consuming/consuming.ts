import type { Clock } from "@annals/core"
import type { Channel, ChannelModel } from "amqplib"
import { closeChannel } from "../connection/close-channel.ts"
import { Link } from "../connection/link.ts"
import { translateError } from "../errors.ts"
import type { Settings } from "../settings.ts"

/** Hears when the connection on which it consumes is lost, and when it is there again. */
export interface LinkListener {
  linkUp(): void
  linkDown(error: unknown): void
}

/** The connection on which everything is received. */
export class Consuming {
  readonly #link: Link
  readonly #clock: Clock
  readonly #listeners = new Set<LinkListener>()

  constructor(settings: Settings) {
    this.#clock = settings.clock
    this.#link = new Link(settings, "consuming", {
      setUp: async (_model: ChannelModel) => {},
      up: () => {
        for (const listener of this.#listeners) listener.linkUp()
      },
      down: (error) => {
        for (const listener of this.#listeners) listener.linkDown(error)
      },
    })
  }

  get isUp(): boolean {
    return this.#link.isUp
  }

  open(): Promise<void> {
    return this.#link.open()
  }

  listen(listener: LinkListener): void {
    this.#listeners.add(listener)
  }

  unlisten(listener: LinkListener): void {
    this.#listeners.delete(listener)
  }

  async openChannel(): Promise<Channel> {
    const channel = await this.#link.model.createChannel()
    channel.on("error", () => {}) // whoever waits for an answer hears of it
    return channel
  }

  /** On a channel of its own, since the broker closes it with the first refusal. */
  async withChannel<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    await this.#link.ready()
    try {
      const channel = await this.openChannel()
      try {
        return await work(channel)
      } finally {
        await closeChannel(channel, this.#clock)
      }
    } catch (error) {
      throw translateError(error)
    }
  }

  /** The broker's. */
  async majorVersion(): Promise<number> {
    await this.#link.ready()
    return Number.parseInt(this.#link.model.connection.serverProperties.version, 10)
  }

  /** Throws `BUS_UNAVAILABLE` while the connection is away. */
  check(): void {
    this.#link.model
  }

  close(): Promise<void> {
    return this.#link.close()
  }
}
