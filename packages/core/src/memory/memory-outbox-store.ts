import type { Clock } from "../ports/clock.ts"
import type { OutboxStore } from "../ports/outbox-store.ts"
import type { TableAccess } from "./memory-ports.ts"

export function createMemoryOutboxStore(
  { read, write }: TableAccess,
  clock: Clock,
  nextSequence: () => number,
): OutboxStore {
  return {
    add: (messages) =>
      write(({ outbox }) => {
        for (const message of messages) {
          if (outbox.get(message.id) !== undefined) continue
          outbox.set(message.id, { ...message, sequence: nextSequence(), addedAt: clock.now() })
        }
      }),
    read: ({ topic, after = 0, limit = Number.MAX_SAFE_INTEGER } = {}) =>
      read(({ outbox }) =>
        [...outbox.rows()]
          .filter((message) => message.sequence > after && (topic === undefined || message.topic === topic))
          .sort((left, right) => left.sequence - right.sequence)
          .slice(0, limit),
      ),
    remove: (ids) =>
      write(({ outbox }) => {
        const there = [...new Set(ids)].filter((id) => outbox.get(id) !== undefined)
        for (const id of there) outbox.delete(id)
        return there.length
      }),
  }
}
