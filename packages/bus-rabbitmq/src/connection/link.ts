import { AnnalsError, backoffDelay } from "@annals/core"
import type { ChannelModel } from "amqplib"
import { translateError, unavailable } from "../errors.ts"
import type { Settings } from "../settings.ts"
import { goodbyeMs } from "./close-channel.ts"
import { connect, destroy } from "./connect.ts"

/** What is done with a connection as it comes and goes. */
export interface LinkUser {
  /** Before the link counts as up; when it rejects, the connection is given up and tried again. */
  setUp(model: ChannelModel): Promise<void>
  up(): void
  down(error: unknown): void
}

const reconnectDelays = { attempts: Number.POSITIVE_INFINITY, delayMs: 100, maxDelayMs: 2_000 }
/** How long who needs the connection waits for it while it is being restored, and how often it is looked. */
const patienceMs = 2_000
const lookIntervalMs = 20

/**
 * A connection that comes back.
 *
 *     new → up         by `open()`, which rejects if it can't be had, and may be called again
 *     up → away        when it is lost; from then on it is tried again, longer and longer apart
 *     away → up        when it is there again, and set up
 *     any → closed     by `close()`
 */
export class Link {
  readonly #settings: Settings
  readonly #purpose: string
  readonly #user: LinkUser
  readonly #closing = new AbortController()
  #model: ChannelModel | undefined
  #opening: Promise<void> | undefined
  #blocked: string | undefined
  #lastError: unknown
  #attempts = 0

  constructor(settings: Settings, purpose: string, user: LinkUser) {
    this.#settings = settings
    this.#purpose = purpose
    this.#user = user
  }

  get isUp(): boolean {
    return this.#model !== undefined
  }

  /** Why the broker takes no messages: it is short of memory, or of disk space. */
  get blocked(): string | undefined {
    return this.#blocked
  }

  open(): Promise<void> {
    this.#opening ??= this.#connect().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Throws `BUS_UNAVAILABLE` while it is away. */
  get model(): ChannelModel {
    if (this.#model !== undefined) return this.#model
    throw this.awayError()
  }

  /** Waits a little for a lost connection to come back. Rejects with `BUS_UNAVAILABLE`. */
  async ready(): Promise<void> {
    await this.open()
    const { clock } = this.#settings
    for (let waited = 0; this.#model === undefined && waited < patienceMs; waited += lookIntervalMs) {
      await clock.sleep(lookIntervalMs, this.#closing.signal).catch(() => {})
      if (this.#closing.signal.aborted) throw unavailable("the bus is closed")
    }
    if (this.#model === undefined) throw this.awayError()
  }

  awayError(): AnnalsError {
    const why = this.#lastError instanceof AnnalsError ? ` (${this.#lastError.message})` : ""
    return unavailable(`the connection is lost, and being made again${why}`, this.#lastError)
  }

  /** Gives the connection up, because it isn't fit for use any more: it is made anew. */
  recycle(error: unknown): void {
    const model = this.#model
    if (model === undefined) return
    this.#lost(model, error)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const model = this.#model
    this.#model = undefined
    if (model !== undefined) await this.#sayGoodbye(model)
  }

  async #connect(): Promise<void> {
    const model = await connect(this.#settings, this.#purpose, this.#attempts++)
    let isOpen = true
    model.once("close", (error) => {
      isOpen = false
      this.#lost(model, error)
    })
    this.#watchAlarms(model)
    try {
      await this.#user.setUp(model)
      if (!isOpen) throw unavailable("the connection was closed while it was set up")
      if (this.#closing.signal.aborted) throw unavailable("the bus is closed")
    } catch (error) {
      destroy(model)
      throw translateError(error)
    }
    this.#model = model
    this.#user.up()
  }

  #watchAlarms(model: ChannelModel): void {
    const { logger } = this.#settings
    this.#blocked = undefined
    model.on("blocked", (reason) => {
      this.#blocked = reason
      logger?.warn("RabbitMQ takes no messages at the moment", { reason })
    })
    model.on("unblocked", () => {
      this.#blocked = undefined
      logger?.info("RabbitMQ takes messages again")
    })
  }

  #lost(model: ChannelModel, error: unknown): void {
    if (this.#model !== model) return
    this.#model = undefined
    this.#lastError = translateError(error ?? unavailable("the connection was closed"))
    this.#settings.logger?.warn("the connection to RabbitMQ is lost", {
      purpose: this.#purpose,
      error: this.#lastError,
    })
    destroy(model) // amqplib only ends its own side, which a dead network never hears
    this.#user.down(this.#lastError)
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    const { clock, random, logger } = this.#settings
    for (let attempts = 1; ; attempts++) {
      try {
        await clock.sleep(backoffDelay(reconnectDelays, attempts, random), this.#closing.signal)
      } catch {
        return // closed
      }
      try {
        await this.#connect()
        return logger?.info("the connection to RabbitMQ is back", { purpose: this.#purpose, attempts })
      } catch (error) {
        if (this.#closing.signal.aborted) return
        this.#lastError = error
        logger?.debug("RabbitMQ can't be reached yet", { purpose: this.#purpose, attempts, error })
      }
    }
  }

  async #sayGoodbye(model: ChannelModel): Promise<void> {
    const said = new AbortController()
    const { clock } = this.#settings
    const patience = clock.sleep(goodbyeMs, said.signal).catch(() => {})
    await Promise.race([model.close().catch(() => {}), patience])
    said.abort()
    destroy(model)
  }
}
