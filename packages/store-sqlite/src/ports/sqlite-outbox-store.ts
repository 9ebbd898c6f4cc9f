import type { Clock, OutboxMessage, OutboxStore, StoredOutboxMessage } from "@annals/core"
import { addMessage, readMessages, readTopic, removeMessages } from "../statements/outbox.ts"
import type { PortAccess } from "./port-access.ts"

const defaultLimit = 100

export function createSqliteOutboxStore(
  tenant: string,
  { read, write }: PortAccess,
  clock: Clock,
): OutboxStore {
  return {
    add: (messages) =>
      write((connection) => {
        const addedAt = clock.now()
        for (const { id, topic, key, body, headers } of messages) {
          const texts = [JSON.stringify(body), headers === undefined ? null : JSON.stringify(headers)]
          connection.run(addMessage, tenant, id, topic, key ?? null, ...texts, addedAt)
        }
      }),
    read: ({ topic, after = 0, limit = defaultLimit } = {}) =>
      read((connection) => {
        const rows =
          topic === undefined
            ? connection.all<MessageRow>(readMessages, tenant, after, limit)
            : connection.all<MessageRow>(readTopic, tenant, after, limit, topic)
        return rows.map(toMessage)
      }),
    remove: (ids) => write((connection) => connection.run(removeMessages, tenant, JSON.stringify(ids))),
  }
}

type MessageRow = [
  sequence: number,
  id: string,
  topic: string,
  key: string | null,
  body: string,
  headers: string | null,
  addedAt: number,
]

function toMessage([sequence, id, topic, key, body, headers, addedAt]: MessageRow): StoredOutboxMessage {
  const message: OutboxMessage = {
    id,
    topic,
    ...(key !== null && { key }),
    body: JSON.parse(body),
    ...(headers !== null && { headers: JSON.parse(headers) }),
  }
  return { ...message, sequence, addedAt }
}
