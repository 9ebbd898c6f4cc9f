import {
  type Category,
  currentMetadata,
  deriveId,
  type EventMetadata,
  type JsonValue,
  type NewEvent,
  type RecordedEvent,
  type UnitOfWork,
} from "@annals/core"
import { invalidOption } from "../options/invalid-option.ts"

/** Deadlines by key: each until its process has handled it. */
const deadlines = "$deadlines"
/** Those that aren't over yet, by time: their ids sort by it, so that the next one is found without looking at the others. */
const dueDeadlines = "$deadlines.due"

/** What tells deadlines apart. */
export interface DeadlineKey {
  readonly tenant: string
  /** Of the event that comes when the deadline is over. */
  readonly category: string
  readonly process: string
  /** Within the process. */
  readonly id: string
}

/** What is kept of a deadline. */
export interface Deadline extends DeadlineKey {
  /** Epoch milliseconds. */
  readonly dueAt: number
  readonly event: {
    /** New whenever the deadline is scheduled: by it is told that an event is that of a deadline which was called off or put off. */
    readonly id: string
    readonly type: string
    readonly schemaVersion: number
    readonly data: unknown
    readonly metadata: EventMetadata
    readonly tags: readonly string[]
  }
}

/** A deadline that is over, or will be next. */
export interface DueDeadline {
  readonly rowId: string
  readonly dueAt: number
}

type Tables = Pick<UnitOfWork<unknown>, "readModels">

/** Schedules a deadline in place of one with the same key. Throws `INVALID_OPTION`, `INVALID_VALUE`. */
export async function scheduleDeadline(
  { readModels }: Tables,
  key: DeadlineKey,
  { dueAt, event }: { readonly dueAt: number; readonly event: NewEvent & { readonly id: string } },
  { events }: Category,
): Promise<void> {
  const type = events.types.find((one) => one.type === event.type)
  if (type === undefined)
    throw invalidOption("event", `"${event.type}" isn't among the deadlines of the process manager`)
  if (!Number.isSafeInteger(dueAt) || dueAt < 0)
    throw invalidOption("at", `must be epoch milliseconds, not ${String(dueAt)}`)
  const { id, data, metadata, tags = [] } = event
  const stored = {
    id,
    type: type.type,
    schemaVersion: type.version,
    data,
    metadata: { ...currentMetadata(), ...metadata },
    tags,
  }
  await cancelDeadline({ readModels }, key)
  await readModels.save(deadlines, keyId(key), { ...key, dueAt, event: stored } as unknown as JsonValue)
  await readModels.save(dueDeadlines, dueId(dueAt, keyId(key)), null)
}

/** Where there is none, it does nothing. */
export async function cancelDeadline({ readModels }: Tables, key: DeadlineKey): Promise<void> {
  const row = await readModels.get(deadlines, keyId(key))
  if (row === undefined) return
  const { dueAt } = row.value as unknown as Deadline
  await readModels.delete(dueDeadlines, dueId(dueAt, row.id))
  await readModels.delete(deadlines, row.id)
}

/** Forgets a deadline whose event has come; `false`: it isn't wanted any more. */
export async function takeDeadline({ readModels }: Tables, event: RecordedEvent): Promise<boolean> {
  const { category, id: process } = event.stream
  const id = keyId({ tenant: event.tenant, category, process, id: String(event.metadata.deadline) })
  const row = await readModels.get(deadlines, id)
  if ((row?.value as unknown as Deadline | undefined)?.event.id !== event.id) return false
  return readModels.delete(deadlines, id)
}

/** Up to `limit` deadlines that aren't over yet or whose events haven't come, by time. */
export async function nextDeadlines(
  { readModels }: Tables,
  limit: number,
  after: string | undefined,
): Promise<{ readonly found: readonly DueDeadline[]; readonly next: string | undefined }> {
  const { rows, next } = await readModels.find(dueDeadlines, { limit, ...(after !== undefined && { after }) })
  return { found: rows.map(({ id }) => ({ rowId: id, dueAt: Number(id.slice(0, timeDigits)) })), next }
}

/** Claims a deadline that is over; `undefined`: somebody else did, or it was called off. */
export async function claimDeadline({ readModels }: Tables, due: DueDeadline): Promise<Deadline | undefined> {
  if (!(await readModels.delete(dueDeadlines, due.rowId))) return undefined
  const row = await readModels.get(deadlines, due.rowId.slice(timeDigits + 1))
  return row?.value as unknown as Deadline | undefined
}

const timeDigits = 16

function dueId(dueAt: number, id: string): string {
  return `${String(dueAt).padStart(timeDigits, "0")}.${id}`
}

function keyId({ tenant, category, process, id }: DeadlineKey): string {
  return deriveId("deadline", tenant, category, process, id)
}
