import { join } from "node:path"
import { checkKafka } from "../health/check-kafka.ts"
import { fetchKafka } from "../packages/fetch-kafka.ts"
import {
  type Command,
  clientPort,
  portAt,
  type ServiceDefinition,
  type ServiceSite,
} from "./service-definition.ts"

/** One node that is broker and controller. Any id will do for its cluster. */
const clusterId = "YW5uYWxzLXNlcnZpY2VzMA"

export const kafka: ServiceDefinition = {
  name: "kafka",
  needs: [],
  // Clients, controller.
  portCount: 2,
  systemPrograms: [
    { program: "java", debianPackage: "default-jre-headless" },
    { program: "mvn", debianPackage: "maven" },
  ],
  fetch: fetchKafka,
  url: (address) => `kafka://127.0.0.1:${clientPort(address)}`,
  check: checkKafka,
  files: (site) => ({ "server.properties": settings(site) }),
  preparation: (site) => [
    java(site, "kafka.tools.StorageTool", [
      ...["format", "--cluster-id", clusterId],
      ...["--config", join(site.folder, "server.properties")],
    ]),
  ],
  leftovers: [],
  processes: (site) => [java(site, "kafka.Kafka", [join(site.folder, "server.properties")])],
}

function java(site: ServiceSite, mainClass: string, args: readonly string[]): Command {
  const options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", join(site.fetched, "*")]
  return { program: site.program("java"), args: [...options, mainClass, ...args] }
}

/** A killed broker may come back only once its session is over, hence the short one. */
function settings(site: ServiceSite): string {
  const clients = `PLAINTEXT://127.0.0.1:${clientPort(site)}`
  const controller = `127.0.0.1:${portAt(site.ports, 1)}`
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${controller}
listeners=${clients},CONTROLLER://${controller}
advertised.listeners=${clients}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(site.folder, "data").replaceAll("\\", "/")}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
`
}
