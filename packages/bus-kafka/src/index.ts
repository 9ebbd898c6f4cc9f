export { createKafkaBus } from "./create-kafka-bus.ts"
export type { KafkaBusOptions } from "./kafka-bus-options.ts"
export type { KafkaClientFactory } from "./kafka-client.ts"
