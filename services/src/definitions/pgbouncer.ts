import { join } from "node:path"
import { checkPostgres } from "../health/check-postgres.ts"
import { clientPort, type ServiceDefinition, type ServiceSite } from "./service-definition.ts"

/** In transaction mode: nothing of a session outlives a transaction, no named statement, no LISTEN, no session lock. */
export const pgbouncer: ServiceDefinition = {
  name: "pgbouncer",
  needs: ["postgres"],
  portCount: 1,
  systemPrograms: [{ program: "pgbouncer", debianPackage: "pgbouncer", folders: ["/usr/sbin"] }],
  url: (address) => `postgres://postgres:${address.secret}@127.0.0.1:${clientPort(address)}/postgres`,
  check: checkPostgres,
  files: (site) => ({
    "pgbouncer.ini": settings(site),
    "users.txt": `"postgres" "${site.secret}"\n`,
  }),
  preparation: () => [],
  leftovers: [],
  processes: (site) => [{ program: site.program("pgbouncer"), args: [join(site.folder, "pgbouncer.ini")] }],
}

function settings(site: ServiceSite): string {
  const server = new URL(site.urlOf("postgres"))
  const login = ` user=${decodeURIComponent(server.username)} password=${decodeURIComponent(server.password)}`
  return `[databases]
* = host=${server.hostname} port=${server.port || "5432"}${login}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${clientPort(site)}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(site.folder, "users.txt")}
pool_mode = transaction
max_client_conn = 500
default_pool_size = 20
ignore_startup_parameters = extra_float_digits
`
}
