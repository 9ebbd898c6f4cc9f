import { checkUuid } from "../../ids/check-uuid.ts"
import { checkName, checkTenant } from "../../streams/validate-name.ts"
import type {
  DeadLetterFailure,
  DeadLetterFilter,
  DeadLetterStore,
  NewDeadLetter,
  StreamRef,
} from "../dead-letter-store.ts"
import {
  checkEach,
  checkLimit,
  checkObject,
  checkPayload,
  checkSlot,
  checkSome,
  checkStreamKey,
  checkTime,
  checkWhole,
  invalidOption,
} from "./check-input.ts"
import type { PortGuard } from "./port-guard.ts"

/** A backend gets each event id once, and the limit of a list. */
export function frontDeadLetterStore(store: DeadLetterStore, { read, write }: PortGuard): DeadLetterStore {
  return {
    async park(source, entries) {
      checkName(source, "source")
      const checked = checkEach(entries, "entries", checkEntry)
      return write(async () => {
        if (checked.length > 0) await store.park(source, checked)
      })
    },
    async list(filter = {}) {
      const checked = checkListFilter(filter)
      return read(() => store.list(checked))
    },
    async parkedStreams(source) {
      checkName(source, "source")
      return read(() => store.parkedStreams(source))
    },
    async requeue(source, stream) {
      checkName(source, "source")
      const wanted = stream === undefined ? undefined : checkStreamRef(stream)
      return write(() => store.requeue(source, wanted))
    },
    async replayFailed(source, eventId, failure) {
      checkName(source, "source")
      const id = checkUuid(eventId, "eventId")
      const checked = checkFailure(failure, "failure")
      return write(() => store.replayFailed(source, id, checked))
    },
    async remove(source, eventIds) {
      checkName(source, "source")
      const ids = [...new Set(checkEach(eventIds, "eventIds", checkUuid))]
      return write(async () => (ids.length === 0 ? 0 : store.remove(source, ids)))
    },
  }
}

function checkEntry(entry: NewDeadLetter, path: string): NewDeadLetter {
  const { stream, version, position, eventId, type, slot, failure, event } = checkObject(entry, path)
  return {
    stream: checkStreamKey(stream, `${path}.stream`),
    version: checkWhole(version, `${path}.version`, 1),
    position: checkWhole(position, `${path}.position`, 0),
    eventId: checkUuid(eventId, `${path}.eventId`),
    type: checkName(type, `${path}.type`),
    slot: checkSlot(slot, `${path}.slot`),
    ...(failure !== undefined && { failure: checkFailure(failure, `${path}.failure`) }),
    ...(event !== undefined && {
      event: { ...event, payload: checkPayload(event.payload, `${path}.event.payload`) },
    }),
  }
}

function checkFailure(failure: DeadLetterFailure, path: string): DeadLetterFailure {
  const { message, code, attempts, failedAt } = checkObject(failure, path)
  return {
    message: storable(String(message)),
    code: storable(String(code)),
    attempts: checkWhole(attempts, `${path}.attempts`, 1),
    failedAt: checkTime(failedAt, `${path}.failedAt`),
  }
}

/** Nothing may keep an event from being parked, least of all the text of the error: what no database carries is replaced. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD")
}

function checkListFilter({
  source,
  stream,
  slots,
  status,
  after = 0,
  limit,
}: DeadLetterFilter): DeadLetterFilter {
  if (status !== undefined && status !== "parked" && status !== "requeued") {
    throw invalidOption("status", 'must be "parked" or "requeued"')
  }
  return {
    ...(source !== undefined && { source: checkName(source, "source") }),
    ...(stream !== undefined && { stream: checkStreamRef(stream) }),
    ...(slots !== undefined && { slots: checkSome(slots, "slots", checkSlot) }),
    ...(status !== undefined && { status }),
    after: checkWhole(after, "after", 0),
    limit: checkLimit(limit),
  }
}

function checkStreamRef(stream: StreamRef): StreamRef {
  const { tenant, category, id } = checkObject(stream, "stream")
  return {
    ...(tenant !== undefined && { tenant: checkTenant(tenant, "stream.tenant") }),
    category: checkName(category, "stream.category"),
    id: checkName(id, "stream.id"),
  }
}
