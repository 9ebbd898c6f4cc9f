export { createRabbitmqBus } from "./create-rabbitmq-bus.ts"
export type { RabbitmqBusOptions } from "./rabbitmq-bus-options.ts"
