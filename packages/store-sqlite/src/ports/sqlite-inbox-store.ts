import type { InboxStore } from "@annals/core"
import { lastVersion, purgeEvents, takeEvent, takeVersion } from "../statements/inbox.ts"
import type { PortAccess } from "./port-access.ts"

export function createSqliteInboxStore(tenant: string, { read, write }: PortAccess): InboxStore {
  return {
    takeVersion: (consumer, source, stream, version) =>
      write((connection) => {
        const key = [tenant, consumer, source, stream.tenant, stream.category, stream.id]
        return connection.run(takeVersion, ...key, version) === 1
      }),
    lastVersion: (consumer, source, stream) =>
      read((connection) => {
        const key = [tenant, consumer, source, stream.tenant, stream.category, stream.id]
        return connection.get<[number]>(lastVersion, ...key)?.[0] ?? 0
      }),
    takeEvent: (consumer, eventId, expiresAt) =>
      write((connection) => connection.run(takeEvent, tenant, consumer, eventId, expiresAt) === 1),
    purge: (now) => write((connection) => connection.run(purgeEvents, tenant, now)),
  }
}
