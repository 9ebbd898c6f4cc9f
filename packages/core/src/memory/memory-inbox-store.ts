import type { InboxStore } from "../ports/inbox-store.ts"
import type { StreamKey } from "../streams/stream.ts"
import type { TableAccess } from "./memory-ports.ts"
import { keyOf } from "./memory-table.ts"

export function createMemoryInboxStore({ read, write }: TableAccess): InboxStore {
  return {
    takeVersion: (consumer, source, stream, version) =>
      write(({ inboxVersions }) => {
        const key = versionKey(consumer, source, stream)
        if ((inboxVersions.get(key) ?? 0) >= version) return false
        inboxVersions.set(key, version)
        return true
      }),
    lastVersion: (consumer, source, stream) =>
      read(({ inboxVersions }) => inboxVersions.get(versionKey(consumer, source, stream)) ?? 0),
    takeEvent: (consumer, eventId, expiresAt) =>
      write(({ inboxEvents }) => {
        const key = keyOf(consumer, eventId)
        if (inboxEvents.get(key) !== undefined) return false
        inboxEvents.set(key, { key, expiresAt })
        return true
      }),
    purge: (now) =>
      write(({ inboxEvents }) => {
        const expired = [...inboxEvents.rows()].filter((row) => row.expiresAt <= now)
        for (const { key } of expired) inboxEvents.delete(key)
        return expired.length
      }),
  }
}

function versionKey(consumer: string, source: string, { tenant, category, id }: StreamKey): string {
  return keyOf(consumer, source, tenant, category, id)
}
