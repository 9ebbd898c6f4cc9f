import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { ConsumerOptions, EventBus } from "@annals/core"
import { type ConfirmChannel, connect, type SocketOptions } from "amqplib"
import { createRabbitmqBus, type RabbitmqBusOptions } from "../src/index.ts"

/** A topic that no other test has. Disposing of it closes its handles, and removes its groups and exchanges. */
export interface Topic extends AsyncDisposable {
  readonly name: string
  /** As another process would open it. */
  open(options?: Partial<RabbitmqBusOptions>): EventBus
  /** Past the bus, as an operator or another program. */
  withChannel<Result>(work: (channel: ConfirmChannel) => Promise<Result>): Promise<Result>
}

export function createTopic(url: string, options: Partial<RabbitmqBusOptions> = {}): Topic {
  const name = options.topic ?? `test-${randomUUID().slice(0, 13)}`
  const { partitions = 4 } = options
  const handles: EventBus[] = []
  const groups = new Set<string>()

  async function withChannel<Result>(work: (channel: ConfirmChannel) => Promise<Result>): Promise<Result> {
    const connection = await connect(url, { ...(options.tls as SocketOptions) })
    try {
      const channel = await connection.createConfirmChannel()
      channel.on("error", () => {})
      const result = await work(channel)
      await channel.waitForConfirms()
      return result
    } finally {
      await connection.close()
    }
  }

  async function removeAll(): Promise<void> {
    const bus = createRabbitmqBus({ url, partitions, ...options, topic: name })
    for (const group of groups) await bus.removeGroup(group).catch(() => {})
    await bus.close()
    await withChannel(async (channel) => {
      for (const exchange of [name, `${name}::partitions-${partitions}`])
        await channel.deleteExchange(exchange)
    })
  }

  return {
    name,
    withChannel,
    open(more = {}) {
      const bus = createRabbitmqBus({ url, partitions, ...options, topic: name, ...more })
      const subscribe = bus.subscribe.bind(bus)
      bus.subscribe = (consumer: ConsumerOptions<never>) => {
        groups.add(consumer.group)
        return subscribe(consumer)
      }
      handles.push(bus)
      return bus
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(handles.map((handle) => handle.close()))
      if (groups.size > 0) await removeAll()
    },
  }
}

/** Waits for a condition, for as long as the runner lets the test run. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let pauseMs = 1; !(await condition()); pauseMs = Math.min(pauseMs * 2, 20)) await sleep(pauseMs)
}

export function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}
