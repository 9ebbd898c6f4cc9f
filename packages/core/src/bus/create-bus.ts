import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import type {
  BusConsumer,
  BusDeadLetters,
  BusHealth,
  BusStatus,
  ConsumerOptions,
  DeadLettersOptions,
  EventBus,
} from "../ports/event-bus.ts"
import { invalidOption } from "../ports/front/check-input.ts"
import { createBrokerDeadLetters } from "./broker-dead-letters.ts"
import type { BusDriver } from "./bus-driver.ts"
import { createBusRestorer } from "./bus-event.ts"
import { BusLifecycle } from "./bus-lifecycle.ts"
import type { BusOptions } from "./bus-options.ts"
import { type BusSettings, resolveBusOptions } from "./bus-settings.ts"
import { type ConsumerSettings, checkGroup, resolveConsumerOptions } from "./consumer-settings.ts"
import { messageOf } from "./describe-failure.ts"
import { createOrderedDeadLetters } from "./ordered-dead-letters.ts"
import { Publisher } from "./publisher.ts"
import { joinAndLeave, type RunningConsumer, startConsumer } from "./start-consumer.ts"

/**
 * Makes a bus of a backend: the one front that validates, encodes, keeps order, retries, parks and observes for all of them. Does no I/O before the
 * first use. Throws `INVALID_OPTION`.
 */
export function createBus(driver: BusDriver, options: BusOptions = {}): EventBus {
  return new Bus(driver, resolveBusOptions(options))
}

class Bus implements EventBus {
  readonly #driver: BusDriver
  readonly #settings: BusSettings
  readonly #lifecycle: BusLifecycle
  readonly #publisher: Publisher
  readonly #consumers = new Set<RunningConsumer>()

  constructor(driver: BusDriver, settings: BusSettings) {
    this.#driver = driver
    this.#settings = settings
    this.#lifecycle = new BusLifecycle(driver)
    this.#publisher = new Publisher(driver, settings)
  }

  get name(): string {
    return this.#driver.name
  }

  get capabilities() {
    return this.#driver.capabilities
  }

  publish(
    events: readonly RecordedEvent[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#lifecycle.use((open) => this.#publisher.publish(events, open, signal))
  }

  async subscribe(options: ConsumerOptions<never>): Promise<BusConsumer> {
    const settings = this.#resolve(options)
    return this.#lifecycle.use(async (open) => {
      await open()
      const running = await startConsumer(this.#driver, this.#settings, settings)
      this.#forgetFailed(settings.group)
      this.#consumers.add(running)
      void running.consumer.done.catch(() => {}).then(() => this.#forget(running))
      return this.#handleOf(running)
    })
  }

  async createGroup(
    group: string,
    { order, from }: Pick<ConsumerOptions, "order" | "from"> = {},
  ): Promise<void> {
    const options = {
      group,
      handler: () => {},
      ...(order !== undefined && { order }),
      ...(from !== undefined && { from }),
    }
    const settings = this.#resolve(options)
    await this.#lifecycle.use(async (open) => {
      await open()
      await joinAndLeave(this.#driver, this.#settings, settings)
    })
  }

  deadLetters(group: string, { deadLetters, events }: DeadLettersOptions = {}): BusDeadLetters {
    checkGroup(group)
    const restore = createBusRestorer(this.#settings, events)
    if (deadLetters !== undefined) {
      return createOrderedDeadLetters(deadLetters, group, restore, () => this.#lookForReplays(group))
    }
    return createBrokerDeadLetters(this.#driver.deadLetters(group), this.#lifecycle, restore)
  }

  async removeGroup(group: string): Promise<void> {
    checkGroup(group)
    return this.#lifecycle.use(async (open) => {
      const ours = [...this.#consumers].map(({ consumer }) => consumer)
      if (ours.some(({ settings, isOver }) => settings.group === group && !isOver)) throw hasConsumers(group)
      await open()
      await this.#driver.removeGroup(group)
    })
  }

  status(): BusStatus {
    return {
      state: this.#lifecycle.isClosed ? "closed" : "open",
      ...this.#publisher.progress,
      consumers: [...this.#consumers].map(({ consumer }) => consumer.status()),
    }
  }

  async health(): Promise<BusHealth> {
    const problems: string[] = []
    try {
      await this.#lifecycle.use(async (open) => {
        await open()
        await this.#driver.ping()
      })
    } catch (error) {
      problems.push(messageOf(error))
    }
    for (const { consumer } of this.#consumers) {
      const { group, state, lastError } = consumer.status()
      if (state === "failed") problems.push(`a consumer of group ${group} failed: ${messageOf(lastError)}`)
      if (consumer.isAway) problems.push(`a consumer of group ${group} can't reach the broker`)
    }
    return { healthy: problems.length === 0, problems }
  }

  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      await Promise.all([...this.#consumers].map(({ consumer }) => consumer.stop()))
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #resolve(options: ConsumerOptions<never>): ConsumerSettings {
    this.#lifecycle.checkOpen()
    const settings = resolveConsumerOptions(options)
    if (settings.from === "now" || this.capabilities.keepsHistory) return settings
    throw invalidOption("from", `can't be "earliest": ${this.name} keeps no history`)
  }

  /** One that failed is kept, so that status and health tell of it, until it is stopped or another one of its group begins. */
  #forget(running: RunningConsumer): void {
    if (running.consumer.status().state === "stopped") this.#consumers.delete(running)
  }

  #forgetFailed(group: string): void {
    for (const running of this.#consumers) {
      const { settings, isOver } = running.consumer
      if (settings.group === group && isOver) this.#consumers.delete(running)
    }
  }

  #lookForReplays(group: string): void {
    for (const { consumer, replays } of this.#consumers) {
      if (consumer.settings.group === group) void replays?.look().catch(() => {}) // it looks again by itself
    }
  }

  #handleOf(running: RunningConsumer): BusConsumer {
    const { consumer, membership } = running
    const { group, order, deadLetters, events } = consumer.settings
    const stop = async () => {
      await consumer.stop()
      this.#consumers.delete(running)
    }
    return {
      group,
      done: consumer.done,
      pause: () => consumer.pause(),
      resume: () => consumer.resume(),
      status: () => consumer.status(),
      lag: async () => {
        consumer.checkRunning()
        consumer.flush()
        return membership.lag()
      },
      deadLetters:
        order === "stream" && deadLetters === undefined
          ? noDeadLetters
          : this.deadLetters(group, { ...(deadLetters && { deadLetters }), ...(events && { events }) }),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  }
}

function hasConsumers(group: string): AnnalsError {
  return new AnnalsError("BUS_FAILED", `group ${group} has consumers here: stop them first`)
}

/** Without a `DeadLetterStore`, a consumer in order of streams stops rather than park. */
const noDeadLetters: BusDeadLetters = {
  list: async () => [],
  replay: async () => 0,
  discard: async () => 0,
}
