import { type NewEvent, type RecordedEvent, type StreamId, streamId } from "@annals/core"
import type { PoolClient } from "pg"
import type { LogReaders } from "./log-readers.ts"
import type { Schedule, WriterStep } from "./schedule.ts"
import type { SharedLog } from "./shared-log.ts"

interface Writer {
  readonly client: PoolClient
  readonly stream: StreamId
  readonly steps: WriterStep[]
  readonly appended: RecordedEvent[]
  /** An append that waits for another writer's stream lock. */
  pending: Promise<void>
}

export interface ScheduleOptions {
  /** Stream of each writer. */
  readonly streams: readonly string[]
  readonly readers: readonly LogReaders[]
  /** Whether the readers read after this step. Default: always. */
  readonly readsAfter?: (step: number) => boolean
  /** Whether an event is one that the reader is about. */
  readonly expected: readonly ((event: RecordedEvent) => boolean)[]
}

/** Runs the steps of a schedule in its order, with some readers at work after each of them. */
export async function runSchedule(
  log: SharedLog,
  schedule: Schedule,
  options: ScheduleOptions,
): Promise<void> {
  const writers: Writer[] = []
  for (const [index, program] of schedule.programs.entries()) {
    const stream = streamId("account", options.streams[index] ?? "")
    const pending = Promise.resolve()
    writers.push({ client: await log.begin(), stream, steps: [...program], appended: [], pending })
  }
  const committed = await runSteps(log, schedule, writers, options)
  for (const [index, readers] of options.readers.entries()) {
    await readers.mustHaveSeen(committed.filter(options.expected[index] ?? (() => true)))
  }
}

async function runSteps(
  log: SharedLog,
  schedule: Schedule,
  writers: readonly Writer[],
  { readers, readsAfter = () => true }: ScheduleOptions,
): Promise<RecordedEvent[]> {
  const committed: RecordedEvent[] = []
  for (const [at, index] of schedule.order.entries()) {
    const writer = writers[index] as Writer
    const step = writer.steps.shift() as WriterStep
    if (typeof step === "object") await startAppend(log, writers, index, step.append)
    else {
      await log.end(writer.client, step === "commit" ? "COMMIT" : "ROLLBACK")
      if (step === "commit") committed.push(...writer.appended)
      // Who waited for the stream has it now.
      for (const { pending } of writers) await pending
    }
    if (readsAfter(at)) for (const each of readers) await each.someRead()
  }
  return committed.sort((left, right) => left.position - right.position)
}

async function startAppend(
  log: SharedLog,
  writers: readonly Writer[],
  index: number,
  count: number,
): Promise<void> {
  const writer = writers[index] as Writer
  const holdsStream = (other: Writer) =>
    other !== writer &&
    other.stream.id === writer.stream.id &&
    other.appended.length > 0 &&
    other.steps.length > 0
  const isBlocked = writers.some(holdsStream)
  writer.pending = append(log, writer, index, count)
  if (isBlocked) writer.pending.catch(() => {})
  else await writer.pending
}

async function append(log: SharedLog, writer: Writer, index: number, count: number): Promise<void> {
  const first = writer.appended.length
  const events: NewEvent[] = Array.from({ length: count }, (_, at) => ({
    // Of the first writer both events pass the filter, of the others the second.
    type: index === 0 || first + at === 1 ? "wanted" : "other",
    data: null,
  }))
  const result = await log.store.within(writer.client).events.append(writer.stream, events)
  writer.appended.push(...result.events)
}
