import { createRabbitmqBus } from "@annals/bus-rabbitmq"
import { serviceUrl } from "@annals/services"
import { connect } from "amqplib"
import { openBareRabbitmqBus } from "../../bare/rabbitmq/bare-rabbitmq-bus.ts"
import type { Suite } from "../../harness/suite.ts"
import { openAnnalsBus } from "./annals-bus.ts"
import type { BusParameters } from "./bus-parameters.ts"
import { busScenarios } from "./bus-scenarios.ts"
import { conditions } from "./conditions.ts"

const partitions = 8
const url = () => serviceUrl("rabbitmq") as string

const full: BusParameters = {
  rounds: 7,
  singles: 3_000,
  hundreds: 200,
  consumed: 50_000,
  roundTrips: 300,
  streams: 1_000,
}

/** On RabbitMQ's quorum queues. */
export const rabbitmqBusSuite: Suite<BusParameters> = {
  name: "bus-rabbitmq",
  services: ["rabbitmq"],
  parameters: {
    full,
    quick: { ...full, rounds: 3, singles: 500, hundreds: 40, consumed: 10_000, roundTrips: 100 },
    tiny: { rounds: 1, singles: 5, hundreds: 1, consumed: 60, roundTrips: 3, streams: 60 },
  },
  conditions: [
    ...conditions,
    `${partitions} quorum queues with a single active consumer; persistent messages, publisher confirms, acknowledgements by hand`,
  ],
  describeServices,
  scenarios: busScenarios({
    ours: (topic) =>
      openAnnalsBus(
        () => createRabbitmqBus({ url: url(), topic, partitions }),
        () => removeTopic(topic),
      ),
    bare: (topic) => openBareRabbitmqBus(url(), topic, partitions),
  }),
}

/** The group has removed what is its own. */
async function removeTopic(topic: string): Promise<void> {
  const connection = await connect(url())
  const channel = await connection.createChannel()
  for (const exchange of [topic, `${topic}::partitions-${partitions}`]) await channel.deleteExchange(exchange)
  await connection.close()
}

async function describeServices(): Promise<string> {
  const connection = await connect(url())
  const { version } = connection.connection.serverProperties
  await connection.close()
  return `RabbitMQ ${version}`
}
