import type { Clock, OutboxMessage, OutboxStore, StoredOutboxMessage } from "@annals/core"
import type { SqlRow, SqlRunner } from "../sql/sql-runner.ts"
import { addMessages, readMessages, readTopic, removeMessages } from "../statements/outbox.ts"

const defaultLimit = 100

export function createPostgresOutboxStore(runner: SqlRunner, tenant: string, clock: Clock): OutboxStore {
  return {
    async add(messages) {
      await runner.run(addMessages, [
        tenant,
        clock.now(),
        messages.map(({ id }) => id),
        messages.map(({ topic }) => topic),
        messages.map(({ key }) => key ?? null),
        messages.map(({ body }) => JSON.stringify(body)),
        messages.map(({ headers }) => (headers === undefined ? null : JSON.stringify(headers))),
      ])
    },
    async read({ topic, after = 0, limit = defaultLimit } = {}) {
      const rows =
        topic === undefined
          ? await runner.run(readMessages, [tenant, after, limit])
          : await runner.run(readTopic, [tenant, after, limit, topic])
      return rows.map(toMessage)
    },
    async remove(ids) {
      const [row] = await runner.run(removeMessages, [tenant, ids])
      return Number(row?.[0])
    },
  }
}

type MessageRow = [
  sequence: string,
  id: string,
  topic: string,
  key: string | null,
  body: string,
  headers: string | null,
  addedAt: string,
]

function toMessage(row: SqlRow): StoredOutboxMessage {
  const [sequence, id, topic, key, body, headers, addedAt] = row as MessageRow
  const message: OutboxMessage = {
    id,
    topic,
    ...(key !== null && { key }),
    body: JSON.parse(body),
    ...(headers !== null && { headers: JSON.parse(headers) }),
  }
  return { ...message, sequence: Number(sequence), addedAt: Number(addedAt) }
}
