import { join } from "node:path"
import { certificateFiles } from "../certificates/authority.ts"
import { checkKafka } from "../health/check-kafka.ts"
import { fetchKafka } from "../packages/fetch-kafka.ts"
import { kafkaUser } from "../secure/kafka-user.ts"
import {
  type Command,
  clientPort,
  openssl,
  portAt,
  type ServiceDefinition,
  type ServiceSite,
} from "./service-definition.ts"

/** One node that is broker and controller. Any id will do for its cluster. */
const clusterId = "YW5uYWxzLXNlcnZpY2VzMA"

export const kafka: ServiceDefinition = {
  name: "kafka",
  needs: [],
  // Clients, controller, clients over TLS, clients over TLS that log in.
  portCount: 4,
  securePorts: [2, 3],
  systemPrograms: [
    { program: "java", debianPackage: "default-jre-headless" },
    { program: "mvn", debianPackage: "maven" },
    openssl,
  ],
  fetch: fetchKafka,
  url: (address) => `kafka://127.0.0.1:${clientPort(address)}`,
  check: checkKafka,
  files: (site) => ({ "server.properties": settings(site) }),
  preparation: (site) => [
    java(site, "kafka.tools.StorageTool", [
      ...["format", "--cluster-id", clusterId],
      ...["--config", join(site.folder, "server.properties")],
      // Unlike other users, these are data of the cluster.
      ...["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => {
        const { name, password } = kafkaUser(site)
        return ["--add-scram", `${mechanism}=[name=${name},password=${password}]`]
      }),
    ]),
  ],
  leftovers: [],
  processes: (site) => [java(site, "kafka.Kafka", [join(site.folder, "server.properties")])],
}

function java(site: ServiceSite, mainClass: string, args: readonly string[]): Command {
  const options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", join(site.fetched, "*")]
  return { program: site.program("java"), args: [...options, mainClass, ...args] }
}

/** A killed broker may come back only once its session is over, hence the short one. */
function settings(site: ServiceSite): string {
  const at = (index: number) => `127.0.0.1:${portAt(site.ports, index)}`
  const clients = `PLAINTEXT://${at(0)},SSL://${at(2)},SASL_SSL://${at(3)}`
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${at(1)}
listeners=${clients},CONTROLLER://${at(1)}
advertised.listeners=${clients}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
${security(site)}
log.dirs=${path(site, "data")}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
`
}

/** Any unsigned token is taken for OAUTHBEARER: that is what a broker without further settings does. */
function security(site: ServiceSite): string {
  const { name, password } = kafkaUser(site)
  const modules = "org.apache.kafka.common.security"
  const listener = "listener.name.sasl_ssl"
  return `ssl.keystore.type=PEM
ssl.keystore.location=${path(site, certificateFiles.both)}
ssl.truststore.type=PEM
ssl.truststore.location=${path(site, certificateFiles.authority)}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
${listener}.plain.sasl.jaas.config=${modules}.plain.PlainLoginModule required user_${name}="${password}";
${listener}.scram-sha-256.sasl.jaas.config=${modules}.scram.ScramLoginModule required;
${listener}.scram-sha-512.sasl.jaas.config=${modules}.scram.ScramLoginModule required;
${listener}.oauthbearer.sasl.jaas.config=${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="${name}";`
}

/** A backslash would begin an escape. */
function path(site: ServiceSite, name: string): string {
  return join(site.folder, name).replaceAll("\\", "/")
}
