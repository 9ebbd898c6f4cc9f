/** Makes the client through which a bus talks to Kafka: kafkajs by default, or `platformatic` of `@annals/bus-kafka/platformatic`. */
export interface KafkaClientFactory {
  readonly name: string
}
