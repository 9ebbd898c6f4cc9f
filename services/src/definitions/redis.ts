import { join } from "node:path"
import { checkRedis } from "../health/check-redis.ts"
import { clientPort, type ServiceDefinition, type ServiceSite } from "./service-definition.ts"

/** Writes every command to disk before it answers, so that what was acknowledged survives a kill. */
export const redis: ServiceDefinition = {
  name: "redis",
  needs: [],
  portCount: 1,
  systemPrograms: [{ program: "redis-server", debianPackage: "redis-server" }],
  url: (address) => `redis://default:${address.secret}@127.0.0.1:${clientPort(address)}`,
  check: checkRedis,
  files: (site) => ({ "redis.conf": settings(site) }),
  preparation: () => [],
  leftovers: [],
  processes: (site) => [{ program: site.program("redis-server"), args: [join(site.folder, "redis.conf")] }],
}

function settings(site: ServiceSite): string {
  return `bind 127.0.0.1
port ${clientPort(site)}
requirepass ${site.secret}
dir "${site.folder}"
daemonize no
appendonly yes
appendfsync always
save ""
`
}
