import { copyJson } from "../../events/copy-json.ts"
import { checkUuid } from "../../ids/check-uuid.ts"
import { checkName } from "../../streams/validate-name.ts"
import type { OutboxMessage, OutboxStore } from "../outbox-store.ts"
import { checkEach, checkLimit, checkObject, checkWhole, invalidOption } from "./check-input.ts"
import type { PortGuard } from "./port-guard.ts"

/** A backend gets each id once, bodies that JSON carries exactly, and where and how far to read. */
export function frontOutboxStore(store: OutboxStore, { read, write }: PortGuard): OutboxStore {
  return {
    async add(messages) {
      const checked = checkEach(messages, "messages", checkMessage)
      const once = checked.filter(({ id }, index) => checked.findIndex((other) => other.id === id) === index)
      return write(async () => {
        if (once.length > 0) await store.add(once)
      })
    },
    async read({ topic, after = 0, limit } = {}) {
      const checked = {
        ...(topic !== undefined && { topic: checkName(topic, "topic") }),
        after: checkWhole(after, "after", 0),
        limit: checkLimit(limit),
      }
      return read(() => store.read(checked))
    },
    async remove(ids) {
      const checked = [...new Set(checkEach(ids, "ids", checkUuid))]
      return write(async () => (checked.length === 0 ? 0 : store.remove(checked)))
    },
  }
}

function checkMessage(message: OutboxMessage, path: string): OutboxMessage {
  const { id, topic, key, body, headers } = checkObject(message, path)
  return {
    id: checkUuid(id, `${path}.id`),
    topic: checkName(topic, `${path}.topic`),
    ...(key !== undefined && { key: checkName(key, `${path}.key`) }),
    body: copyJson(body, `${path}.body`),
    ...(headers !== undefined && { headers: checkHeaders(headers, `${path}.headers`) }),
  }
}

function checkHeaders(
  headers: Readonly<Record<string, string>>,
  path: string,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(checkObject(headers, path))) {
    checkName(name, path)
    if (typeof value !== "string") throw invalidOption(`${path}.${name}`, "must be a string")
  }
  return copyJson(headers, path) as Readonly<Record<string, string>>
}
