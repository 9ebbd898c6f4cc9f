export { createKafkaBus } from "./create-kafka-bus.ts"
export type { KafkaBusOptions, KafkaGroupOptions, KafkaTopicOptions } from "./kafka-bus-options.ts"
export type { KafkaClientFactory, KafkaSasl } from "./kafka-client.ts"
