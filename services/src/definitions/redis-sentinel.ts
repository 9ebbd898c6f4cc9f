import { join } from "node:path"
import { checkRedisSentinel } from "../health/check-redis-sentinel.ts"
import { durableRedis, redisServer } from "./redis.ts"
import { clientPort, portAt, type ServiceDefinition, type ServiceSite } from "./service-definition.ts"

/** How the sentinel calls the servers that it watches. The last part of the URL. */
const master = "annals"

/** One sentinel over a master and its replica: enough for a failover, which one sentinel may decide alone. */
export const redisSentinel: ServiceDefinition = {
  name: "redis-sentinel",
  needs: [],
  // The sentinel, and two servers of which the first begins as the master.
  portCount: 3,
  systemPrograms: [redisServer],
  url: (address) => `redis-sentinel://default:${address.secret}@127.0.0.1:${clientPort(address)}/${master}`,
  check: checkRedisSentinel,
  files: (site) => ({
    "redis-1.conf": settings(site, 1),
    "redis-2.conf": `${settings(site, 2)}replicaof 127.0.0.1 ${portAt(site.ports, 1)}\n`,
    "sentinel.conf": sentinelSettings(site),
  }),
  preparation: () => [],
  leftovers: [],
  processes: (site) => {
    const program = site.program("redis-server")
    const file = (name: string) => join(site.folder, name)
    return [
      { program, args: [file("redis-1.conf")] },
      { program, args: [file("redis-2.conf")] },
      { program, args: [file("sentinel.conf"), "--sentinel"] },
    ]
  },
}

/** The master waits for no other replica that might want the same data. */
function settings(site: ServiceSite, index: number): string {
  return `${durableRedis(site, portAt(site.ports, index))}
appendfilename "node-${index}.aof"
masterauth ${site.secret}
repl-diskless-sync-delay 0
`
}

function sentinelSettings(site: ServiceSite): string {
  return `bind 127.0.0.1
port ${clientPort(site)}
requirepass ${site.secret}
dir "${site.folder}"
daemonize no
sentinel monitor ${master} 127.0.0.1 ${portAt(site.ports, 1)} 1
sentinel known-replica ${master} 127.0.0.1 ${portAt(site.ports, 2)}
sentinel auth-user ${master} default
sentinel auth-pass ${master} ${site.secret}
sentinel down-after-milliseconds ${master} 1000
sentinel failover-timeout ${master} 5000
`
}
