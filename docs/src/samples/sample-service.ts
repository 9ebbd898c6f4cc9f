import { randomUUID } from "node:crypto"
import type { ServiceName } from "@annals/services"
import type { Sample } from "./read-samples.ts"
import { removeKafkaTopics, removeRabbitmqTopic, removeRedisTopic } from "./remove-topic.ts"
import { withSampleDatabase } from "./sample-database.ts"

/** What a sample finds in its environment: where its service is, and what there is its own. */
type SampleEnvironment = Readonly<Record<string, string>>

/** Lends a sample a part of a service for itself, and removes afterwards whatever it left there. */
type Lend = <Result>(
  url: string,
  sample: Sample,
  use: (environment: SampleEnvironment) => Promise<Result>,
) => Promise<Result>

interface SampleService {
  /** A sample that imports this needs the service. */
  readonly package: string
  readonly name: ServiceName
  readonly lend: Lend
}

/** Services on which samples run. A sample needs one of them at most. */
export const sampleServices: readonly SampleService[] = [
  {
    package: "@annals/store-postgres",
    name: "postgres",
    lend: (server, _sample, use) => withSampleDatabase(server, (url) => use({ DATABASE_URL: url })),
  },
  {
    package: "@annals/bus-redis",
    name: "redis",
    lend: lendTopic((url) => ({ REDIS_URL: url }), removeRedisTopic),
  },
  {
    package: "@annals/bus-rabbitmq",
    name: "rabbitmq",
    lend: lendTopic((url) => ({ RABBITMQ_URL: url }), removeRabbitmqTopic),
  },
  {
    package: "@annals/bus-kafka",
    name: "kafka",
    lend: lendTopic((url) => ({ KAFKA_BROKERS: new URL(url).host }), removeKafkaTopics),
  },
]

export function serviceOf({ page, parts }: Sample): SampleService | undefined {
  const [first, second] = sampleServices.filter((service) =>
    parts.some(({ code }) => code.includes(`from "${service.package}`)),
  )
  if (second !== undefined) throw new Error(`${page}: a sample needs ${first?.name} and ${second.name}`)
  return first
}

function lendTopic(
  describe: (url: string) => SampleEnvironment,
  remove: (url: string, topic: string, groups: readonly string[]) => Promise<void>,
): Lend {
  return async (url, sample, use) => {
    const topic = `docs-${randomUUID().slice(0, 8)}`
    try {
      return await use({ ...describe(url), BUS_TOPIC: topic })
    } finally {
      await remove(url, topic, groupsOf(sample))
    }
  }
}

function groupsOf({ parts }: Sample): readonly string[] {
  return parts.flatMap(({ code }) => [...code.matchAll(/group: "([^"]+)"/g)].map(([, group = ""]) => group))
}
