import {
  type BusDriver,
  type BusMessage,
  type ConsumerContext,
  type ConsumerOptions,
  createBus,
  createMemoryBus,
  createMemoryBusDriver,
  type EventBus,
  type GroupMember,
  type GroupMembership,
  type RecordedEvent,
  systemClock,
} from "@annals/core"
import { replaceParts } from "../subscriptions/replace-parts.ts"

type Handler = (event: RecordedEvent, context: ConsumerContext) => Promise<void>

/** A memory bus that calls handlers in another way. */
export function handling(wrap: (handle: Handler, bus: EventBus) => Handler): EventBus {
  const bus = createMemoryBus()
  return subscribing(bus, ({ handler, ...options }) => ({
    ...options,
    handler: wrap(async (event, context) => handler(event as never, context), bus) as typeof handler,
  }))
}

/** A bus that consumers are started on with other options. */
export function subscribing(bus: EventBus, change: (options: ConsumerOptions) => ConsumerOptions): EventBus {
  return replaceParts<EventBus>(bus, {
    subscribe: (options) => bus.subscribe(change(options as unknown as ConsumerOptions)),
  })
}

/** A memory bus whose driver has other parts. */
export function driving(change: (driver: BusDriver) => Partial<BusDriver>): EventBus {
  const driver = createMemoryBusDriver({ clock: systemClock })
  return createBus(replaceParts(driver, change(driver)))
}

/** A memory bus that sends other messages. */
export function sending(change: (messages: readonly BusMessage[]) => readonly BusMessage[]): EventBus {
  return driving((driver) => ({
    publish: async (messages, signal) => {
      const changed = change(messages)
      if (changed.length > 0) await driver.publish(changed, signal)
    },
  }))
}

/** A memory bus whose members settle in another way. */
export function settling(
  change: (membership: GroupMembership, member: GroupMember, driver: BusDriver) => Partial<GroupMembership>,
): EventBus {
  return driving((driver) => ({
    join: async (member) => {
      const membership = await driver.join(member)
      return replaceParts(membership, change(membership, member, driver))
    },
  }))
}
