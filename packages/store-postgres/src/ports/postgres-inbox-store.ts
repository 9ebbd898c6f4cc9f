import type { InboxStore, StreamKey } from "@annals/core"
import type { SqlRunner } from "../sql/sql-runner.ts"
import { lastVersion, purgeEvents, takeEvent, takeVersion } from "../statements/inbox.ts"

export function createPostgresInboxStore(runner: SqlRunner, tenant: string): InboxStore {
  const keyOf = (consumer: string, source: string, stream: StreamKey) => [
    tenant,
    consumer,
    source,
    stream.tenant,
    stream.category,
    stream.id,
  ]
  return {
    async takeVersion(consumer, source, stream, version) {
      const rows = await runner.run(takeVersion, [...keyOf(consumer, source, stream), version])
      return rows.length === 1
    },
    async lastVersion(consumer, source, stream) {
      const [row] = await runner.run(lastVersion, keyOf(consumer, source, stream))
      return Number(row?.[0] ?? 0)
    },
    takeEvent: async (consumer, eventId, expiresAt) =>
      (await runner.run(takeEvent, [tenant, consumer, eventId, expiresAt])).length === 1,
    async purge(now) {
      const [row] = await runner.run(purgeEvents, [tenant, now])
      return Number(row?.[0])
    },
  }
}
