import type { BusConsumer, EventBus } from "@annals/core"

/** The same bus, but for what is changed. */
export function changeBus(bus: EventBus, changes: Partial<EventBus>): EventBus {
  const close = changes.close ?? (() => bus.close())
  return {
    name: bus.name,
    capabilities: bus.capabilities,
    publish: (events, options) => bus.publish(events, options),
    subscribe: (options) => bus.subscribe(options),
    deadLetters: (group, options) => bus.deadLetters(group, options),
    createGroup: (group, options) => bus.createGroup(group, options),
    removeGroup: (group) => bus.removeGroup(group),
    status: () => bus.status(),
    health: () => bus.health(),
    close,
    [Symbol.asyncDispose]: close,
    ...changes,
  }
}

/** The same bus, whose consumers are changed. */
export function changeConsumers(
  bus: EventBus,
  change: (consumer: BusConsumer) => Partial<BusConsumer>,
): EventBus {
  return changeBus(bus, {
    subscribe: async (options) => {
      const consumer = await bus.subscribe(options)
      return { ...consumer, ...change(consumer) }
    },
  })
}

/** The same bus, whose consumers are started with other options. */
export function changeOptions(
  bus: EventBus,
  change: (options: Parameters<EventBus["subscribe"]>[0]) => Parameters<EventBus["subscribe"]>[0],
): EventBus {
  const subscribe = (options: Parameters<EventBus["subscribe"]>[0]) => bus.subscribe(change(options))
  return changeBus(bus, { subscribe: subscribe as EventBus["subscribe"] })
}
