import { checkUuid } from "../../ids/check-uuid.ts"
import { checkName } from "../../streams/validate-name.ts"
import type { InboxStore } from "../inbox-store.ts"
import { checkStreamKey, checkTime, checkWhole } from "./check-input.ts"
import type { PortGuard } from "./port-guard.ts"

export function frontInboxStore(store: InboxStore, { read, write }: PortGuard): InboxStore {
  return {
    async takeVersion(consumer, source, stream, version) {
      checkName(consumer, "consumer")
      checkName(source, "source")
      const key = checkStreamKey(stream, "stream")
      checkWhole(version, "version", 1)
      return write(() => store.takeVersion(consumer, source, key, version))
    },
    async lastVersion(consumer, source, stream) {
      checkName(consumer, "consumer")
      checkName(source, "source")
      const key = checkStreamKey(stream, "stream")
      return read(() => store.lastVersion(consumer, source, key))
    },
    async takeEvent(consumer, eventId, expiresAt) {
      checkName(consumer, "consumer")
      const id = checkUuid(eventId, "eventId")
      checkTime(expiresAt, "expiresAt")
      return write(() => store.takeEvent(consumer, id, expiresAt))
    },
    async purge(now) {
      checkTime(now, "now")
      return write(() => store.purge(now))
    },
  }
}
