import type { RunRecord } from "../check/run-record.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import { Progress } from "../harness/progress.ts"
import type { RoundPlan } from "./plan.ts"
import { readOutcome } from "./read-outcome.ts"
import { ReaderProcess } from "./reader-process.ts"
import { recordOfRound } from "./record-of-round.ts"
import { WriterProcess } from "./writer-process.ts"

/** What the processes of a round run. */
export interface Entries {
  readonly writer: string
  readonly reader: string
}

export interface RoundOptions {
  /** A path where nothing is yet. */
  readonly file: string
  readonly entries: Entries
  readonly signal?: AbortSignal
  /** A round that takes longer hangs: it is given up, and says where it stood. */
  readonly timeoutMs: number
}

/** Plays a plan with real processes on a real file. All of them are gone when it settles. */
export async function playRound(plan: RoundPlan, options: RoundOptions): Promise<RunRecord> {
  const giveUp = new AbortController()
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([
    giveUp.signal,
    timeout,
    ...(options.signal === undefined ? [] : [options.signal]),
  ])
  const progress = new Progress(signal)
  const writers = plan.writers.map((writer) => new WriterProcess(writer, progress))
  const readers = plan.readers.map((reader) => new ReaderProcess(reader, progress))
  const running = runProcesses(writers, readers, options, signal)
  try {
    await Promise.all(running)
  } catch (error) {
    const where = [...writers, ...readers].map(({ state }) => `\n  ${state}`).join("")
    giveUp.abort(error)
    await Promise.allSettled(running)
    if (timeout.aborted) throw new FaultRunError(`a round didn't end within ${options.timeoutMs} ms:${where}`)
    throw error
  }
  return recordOfRound(plan, writers, readers, await readOutcome(options.file))
}

function runProcesses(
  writers: readonly WriterProcess[],
  readers: readonly ReaderProcess[],
  { file, entries }: RoundOptions,
  signal: AbortSignal,
): Promise<void>[] {
  const written = Promise.all(
    writers.map((writer) =>
      writer.run(file, entries.writer, signal, () => othersWait(writer, writers, readers)),
    ),
  )
  return [
    written.then(() => readers.forEach((reader) => void reader.finish())),
    ...readers.map((reader) => reader.run(file, entries.reader, signal, () => writersMove(writers))),
  ]
}

/** Readers get on while a writer is stopped that holds the lock: each comes to the end twice more. */
function othersWait(
  stopped: WriterProcess,
  writers: readonly WriterProcess[],
  readers: readonly ReaderProcess[],
): () => boolean {
  const polls = readers.map((reader) => reader.polls)
  return () =>
    writers.every((writer) => writer === stopped || writer.waiting) &&
    readers.every(
      (reader, index) => reader.stopped || reader.done || reader.polls >= (polls[index] as number) + 2,
    )
}

/** Writers get on while a reader is stopped: somewhere in the middle of a page. */
function writersMove(writers: readonly WriterProcess[]): () => boolean {
  const settled = () => writers.reduce((sum, writer) => sum + writer.settled, 0)
  const before = settled()
  return () =>
    settled() >= before + 5 ||
    writers.every((writer) => writer.done) ||
    writers.some((writer) => writer.holding)
}
