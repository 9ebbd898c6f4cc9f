import type { RunRecord } from "../check/run-record.ts"
import type { Entry } from "../harness/child.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import { Progress } from "../harness/progress.ts"
import { ReaderProcess } from "./reader-process.ts"
import { recordOfRound } from "./record-of-round.ts"
import type { RoundPlan } from "./round-plan.ts"
import type { Scene } from "./scene.ts"
import type { Site } from "./site.ts"
import { WriterProcess } from "./writer-process.ts"

/** What the processes of a round run. */
export interface Entries {
  readonly writer: Entry
  readonly reader: Entry
}

export interface RoundOptions {
  /** Where nothing has happened yet. */
  readonly site: Site
  readonly entries: Entries
  readonly signal?: AbortSignal
  /** A round that takes longer hangs: it is given up, and says where it stood. */
  readonly timeoutMs: number
}

/** Plays a plan with real processes on a real store. All of them are gone when it settles. */
export async function playRound(plan: RoundPlan, options: RoundOptions): Promise<RunRecord> {
  const { site } = options
  const giveUp = new AbortController()
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([
    giveUp.signal,
    timeout,
    ...(options.signal === undefined ? [] : [options.signal]),
  ])
  const scene = { site, signal, progress: new Progress(signal), giveUp: (why: unknown) => giveUp.abort(why) }
  const writers = plan.writers.map((writer) => new WriterProcess(writer, scene))
  const readers = plan.readers.map((reader) => new ReaderProcess(reader, scene))
  const running = runProcesses(plan, writers, readers, options.entries, scene)
  try {
    await Promise.all(running)
  } catch (error) {
    const where = [...writers, ...readers].map(({ state }) => `\n  ${state}`).join("")
    giveUp.abort(error)
    await Promise.allSettled(running)
    if (timeout.aborted) throw new FaultRunError(`a round didn't end within ${options.timeoutMs} ms:${where}`)
    throw error
  }
  return recordOfRound(plan, writers, readers, await site.readOutcome())
}

function runProcesses(
  { siteFaults }: RoundPlan,
  writers: readonly WriterProcess[],
  readers: readonly ReaderProcess[],
  entries: Entries,
  scene: Scene,
): Promise<void>[] {
  const writing = writers.map((writer) =>
    writer.run(entries.writer, writers, () => scene.site.othersWentOn(writer, writers, readers)),
  )
  const written = Promise.all([...writing, strikeSite(siteFaults, writers, scene)])
  return [
    written.then(() => scene.site.settled()).then(() => readers.forEach((reader) => void reader.finish())),
    ...readers.map((reader) => reader.run(entries.reader, () => writersMove(writers))),
  ]
}

/** One after the other, each when so many operations are settled, or when there is nothing left that could be. */
async function strikeSite(
  faults: RoundPlan["siteFaults"],
  writers: readonly WriterProcess[],
  { site, progress }: Scene,
): Promise<void> {
  for (const fault of faults.toSorted((a, b) => a.answers - b.answers)) {
    await progress.until(() => settledBy(writers) >= fault.answers || writers.every((writer) => writer.done))
    await site.server?.strikeAll(fault)
  }
}

/** Writers get on while a reader is stopped: somewhere in the middle of a page. */
function writersMove(writers: readonly WriterProcess[]): () => boolean {
  const before = settledBy(writers)
  return () =>
    settledBy(writers) >= before + 5 ||
    writers.every((writer) => writer.done) ||
    writers.some((writer) => writer.holding)
}

function settledBy(writers: readonly WriterProcess[]): number {
  return writers.reduce((sum, writer) => sum + writer.settled, 0)
}
