import type { KafkaClientFactory } from "@annals/bus-kafka"
import { platformatic } from "@annals/bus-kafka/platformatic"
import { kafkajsClient } from "../src/kafkajs.ts"

export const clients: readonly KafkaClientFactory[] = [kafkajsClient, platformatic]
