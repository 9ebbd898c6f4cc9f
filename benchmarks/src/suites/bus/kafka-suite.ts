import { createKafkaBus, type KafkaBusOptions } from "@annals/bus-kafka"
import { platformatic } from "@annals/bus-kafka/platformatic"
import { serviceUrl } from "@annals/services"
import { openBareKafkajsBus } from "../../bare/kafka/bare-kafkajs-bus.ts"
import { openBarePlatformaticBus } from "../../bare/kafka/bare-platformatic-bus.ts"
import { kafkaAt } from "../../bare/kafka/topic.ts"
import type { Suite } from "../../harness/suite.ts"
import { openAnnalsBus } from "./annals-bus.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { busScenarios } from "./bus-scenarios.ts"
import { conditions } from "./conditions.ts"
import type { OpenBus } from "./contestants.ts"

const partitions = 16
const brokers = () => [new URL(serviceUrl("kafka") as string).host]

const full: BusParameters = {
  rounds: 7,
  singles: 2_000,
  hundreds: 300,
  consumed: 100_000,
  roundTrips: 300,
  streams: 1_000,
}

/** On Kafka, by kafkajs and by @platformatic/kafka. */
export const kafkaBusSuite: Suite<BusParameters> = {
  name: "bus-kafka",
  services: ["kafka"],
  parameters: {
    full,
    quick: { ...full, rounds: 2, singles: 300, hundreds: 50, consumed: 20_000, roundTrips: 60 },
    tiny: { rounds: 1, singles: 5, hundreds: 1, consumed: 60, roundTrips: 3, streams: 60 },
  },
  conditions: [
    ...conditions,
    `${partitions} partitions; idempotent producers, acks=all; what is handled is committed every 100 ms; names that end in -platformatic are by @platformatic/kafka, the others by kafkajs`,
  ],
  describeServices,
  scenarios: [
    ...busScenarios({
      ours: openOurs({}),
      bare: (topic) => openBareKafkajsBus(brokers(), topic, partitions),
    }),
    ...busScenarios(
      {
        ours: openOurs({ client: platformatic }),
        bare: (topic) => openBarePlatformaticBus(brokers(), topic, partitions),
      },
      { suffix: "-platformatic", consumingGoal: 0.5 },
    ),
  ],
}

function openOurs(options: Pick<KafkaBusOptions, "client">): OpenBus {
  return (topic) =>
    openAnnalsBus(
      () => createKafkaBus({ brokers: brokers(), topic, partitions, ...options }),
      () => removeTopics(topic),
    )
}

async function removeTopics(topic: string): Promise<void> {
  const admin = kafkaAt(brokers()).admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(topic))
  if (topics.length > 0) await admin.deleteTopics({ topics })
  const { groups } = await admin.listGroups()
  const own = groups.map(({ groupId }) => groupId).filter((name) => name.startsWith(topic))
  if (own.length > 0) await admin.deleteGroups(own)
  await admin.disconnect()
}

async function describeServices(): Promise<string> {
  const admin = kafkaAt(brokers()).admin()
  await admin.connect()
  const cluster = await admin.describeCluster()
  await admin.disconnect()
  return `Kafka with ${cluster.brokers.length} broker(s), each flushing by its system's own pace`
}
