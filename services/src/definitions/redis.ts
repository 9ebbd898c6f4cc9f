import { join } from "node:path"
import { certificateFiles } from "../certificates/authority.ts"
import { checkRedis } from "../health/check-redis.ts"
import { limitedUser } from "../secure/limited-user.ts"
import {
  clientPort,
  openssl,
  portAt,
  type ServiceDefinition,
  type ServiceSite,
} from "./service-definition.ts"

export const redisServer = { program: "redis-server", debianPackage: "redis-server" }

/** Writes every command to disk before it answers, so that what was acknowledged survives a kill. */
export const redis: ServiceDefinition = {
  name: "redis",
  needs: [],
  // Plain, TLS.
  portCount: 2,
  securePorts: [1],
  systemPrograms: [redisServer, openssl],
  url: (address) => `redis://default:${address.secret}@127.0.0.1:${clientPort(address)}`,
  check: checkRedis,
  files: (site) => ({ "redis.conf": settings(site) }),
  preparation: () => [],
  leftovers: [],
  processes: (site) => [{ program: site.program("redis-server"), args: [join(site.folder, "redis.conf")] }],
}

function settings(site: ServiceSite): string {
  const { name, password } = limitedUser(site)
  return `${durableRedis(site, clientPort(site))}
tls-port ${portAt(site.ports, 1)}
tls-ca-cert-file "${join(site.folder, certificateFiles.authority)}"
tls-cert-file "${join(site.folder, certificateFiles.certificate)}"
tls-key-file "${join(site.folder, certificateFiles.key)}"
tls-auth-clients no
user ${name} on >${password} ~*${name}* &*${name}* +@all -@admin -@dangerous +info
`
}

/** What all our servers have in common. */
export function durableRedis(site: ServiceSite, port: number): string {
  return `bind 127.0.0.1
port ${port}
requirepass ${site.secret}
dir "${site.folder}"
daemonize no
appendonly yes
appendfsync always
save ""`
}
