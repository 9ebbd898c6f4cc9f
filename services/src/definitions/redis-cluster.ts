import { join } from "node:path"
import { checkRedisCluster } from "../health/check-redis-cluster.ts"
import { durableRedis, redisServer } from "./redis.ts"
import { clientPort, portAt, type ServiceDefinition, type ServiceSite } from "./service-definition.ts"

/** Each master's part of the 16,384 slots. */
const slots = ["0-5460", "5461-10922", "10923-16383"] as const

/** Three masters without replicas: enough for keys to live on different servers. */
export const redisCluster: ServiceDefinition = {
  name: "redis-cluster",
  needs: [],
  // The masters' ports for clients, then those by which they talk with each other.
  portCount: 2 * slots.length,
  systemPrograms: [redisServer],
  url: (address) => `redis://default:${address.secret}@127.0.0.1:${clientPort(address)}`,
  check: checkRedisCluster,
  files: (site) =>
    Object.fromEntries(
      slots.flatMap((_, index) => [
        [`redis-${index}.conf`, settings(site, index)],
        [`nodes-${index}.conf`, nodes(site, index)],
      ]),
    ),
  preparation: () => [],
  leftovers: [],
  processes: (site) =>
    slots.map((_, index) => ({
      program: site.program("redis-server"),
      args: [join(site.folder, `redis-${index}.conf`)],
    })),
}

function settings(site: ServiceSite, index: number): string {
  return `${durableRedis(site, portAt(site.ports, index))}
appendfilename "node-${index}.aof"
cluster-enabled yes
cluster-config-file "nodes-${index}.conf"
cluster-port ${busPort(site, index)}
cluster-node-timeout 2000
`
}

/** What a master remembers of its cluster. Given to it, nobody has to introduce the masters to each other after their start. */
function nodes(site: ServiceSite, myself: number): string {
  const lines = slots.map((range, index) => {
    const address = `127.0.0.1:${portAt(site.ports, index)}@${busPort(site, index)}`
    const id = `${index + 1}`.repeat(40)
    return `${id} ${address} ${index === myself ? "myself,master" : "master"} - 0 0 ${index + 1} connected ${range}`
  })
  return `${lines.join("\n")}\nvars currentEpoch ${slots.length} lastVoteEpoch 0\n`
}

function busPort(site: ServiceSite, index: number): number {
  return portAt(site.ports, slots.length + index)
}
