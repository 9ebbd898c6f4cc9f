import { join } from "node:path"
import { certificateFiles } from "../certificates/authority.ts"
import { checkAmqp } from "../health/check-amqp.ts"
import { limitedUser } from "../secure/limited-user.ts"
import {
  clientPort,
  openssl,
  portAt,
  type ServiceDefinition,
  type ServiceSite,
} from "./service-definition.ts"

export const rabbitmq: ServiceDefinition = {
  name: "rabbitmq",
  needs: [],
  // AMQP, Erlang's port mapper, Erlang's distribution, AMQP over TLS.
  portCount: 4,
  securePorts: [3],
  systemPrograms: [
    // The program on Debian's PATH wants to be root or a user of its own.
    { program: "rabbitmq-server", debianPackage: "rabbitmq-server", folders: ["/usr/lib/rabbitmq/bin"] },
    { program: "epmd", debianPackage: "rabbitmq-server" },
    openssl,
  ],
  url: (address) => `amqp://annals:${address.secret}@127.0.0.1:${clientPort(address)}`,
  check: checkAmqp,
  files: (site) => ({
    "rabbitmq.conf": settings(site),
    "advanced.config": advancedSettings,
    "definitions.json": JSON.stringify(userDefinitions(site)),
    enabled_plugins: "[].\n",
    "rabbitmq-env.conf": "",
  }),
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
listeners.ssl.1 = 127.0.0.1:${portAt(site.ports, 3)}
ssl_options.cacertfile = ${join(site.folder, certificateFiles.authority)}
ssl_options.certfile = ${join(site.folder, certificateFiles.certificate)}
ssl_options.keyfile = ${join(site.folder, certificateFiles.key)}
ssl_options.verify = verify_none
load_definitions = ${join(site.folder, "definitions.json")}
log.console = true
log.file = false
`
}

/**
 * What can't be said in the other file. Messages that come out of a queue at their time, while the broker starts, may not reach the next queue yet: by default it tries that again
 * after three minutes.
 */
const advancedSettings = "[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 2000}]}].\n"

/** Loaded at each start, before anybody can connect. */
function userDefinitions(site: ServiceSite) {
  const limited = limitedUser(site)
  const rights = (user: string, names: string) => ({
    ...{ user, vhost: "/" },
    ...{ configure: names, write: names, read: names },
  })
  return {
    vhosts: [{ name: "/" }],
    users: [
      { name: "annals", password: site.secret, tags: "administrator" },
      { name: limited.name, password: limited.password, tags: "" },
    ],
    permissions: [rights("annals", ".*"), rights(limited.name, limited.name)],
  }
}

function environment({ folder, ports }: ServiceSite): Record<string, string> {
  return {
    RABBITMQ_NODENAME: "annals@localhost",
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced.config"),
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
