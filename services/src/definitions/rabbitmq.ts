import { join } from "node:path"
import { checkAmqp } from "../health/check-amqp.ts"
import { clientPort, portAt, type ServiceDefinition, type ServiceSite } from "./service-definition.ts"

export const rabbitmq: ServiceDefinition = {
  name: "rabbitmq",
  needs: [],
  // AMQP, Erlang's port mapper, Erlang's distribution.
  portCount: 3,
  systemPrograms: [
    // The program on Debian's PATH wants to be root or a user of its own.
    { program: "rabbitmq-server", debianPackage: "rabbitmq-server", folders: ["/usr/lib/rabbitmq/bin"] },
    { program: "epmd", debianPackage: "rabbitmq-server" },
  ],
  url: (address) => `amqp://annals:${address.secret}@127.0.0.1:${clientPort(address)}`,
  check: checkAmqp,
  files: (site) => ({ "rabbitmq.conf": settings(site), enabled_plugins: "[].\n", "rabbitmq-env.conf": "" }),
  preparation: () => [],
  leftovers: [],
  processes: (site) => [
    // Started by itself: one that RabbitMQ starts would belong to nobody once RabbitMQ is killed.
    { program: site.program("epmd"), args: ["-address", "127.0.0.1", "-port", `${portAt(site.ports, 1)}`] },
    { program: site.program("rabbitmq-server"), args: [], env: environment(site) },
  ],
}

function settings(site: ServiceSite): string {
  return `listeners.tcp.1 = 127.0.0.1:${clientPort(site)}
default_user = annals
default_pass = ${site.secret}
log.console = true
log.file = false
`
}

function environment({ folder, ports }: ServiceSite): Record<string, string> {
  return {
    RABBITMQ_NODENAME: "annals@localhost",
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "rabbitmq-env.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_MNESIA_BASE: join(folder, "data"),
    RABBITMQ_LOG_BASE: join(folder, "logs"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_DIST_PORT: `${portAt(ports, 2)}`,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_EPMD_PORT: `${portAt(ports, 1)}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
  }
}
