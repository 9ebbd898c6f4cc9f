import type { Outcome } from "./read-outcome.ts"
import type { ReaderProcess } from "./reader-process.ts"
import type { ConnectionFaultKind, RoundPlan, SiteFault } from "./round-plan.ts"
import type { WriterProcess } from "./writer-process.ts"

/** Where the events of one round are kept, and what can go wrong there. */
export interface Site extends AsyncDisposable {
  /** What a process opens the store with; its entry knows what it means. */
  locationFor(process: string): object
  /** Whether a writer that is stopped with an append in flight may go on. */
  othersWentOn(
    stopped: WriterProcess,
    writers: readonly WriterProcess[],
    readers: readonly ReaderProcess[],
  ): () => boolean
  /** What a server can do to a writer, or suffer; nothing where there is none. */
  readonly server?: SiteServer
  /** Resolves when nothing of the writers is under way any more, though they are gone. */
  settled(): Promise<void>
  /** What is there when all processes are gone. */
  readOutcome(): Promise<Outcome>
}

/** All of these resolve when the fault has struck. */
export interface SiteServer {
  /** Ends all connections of a writer. */
  terminate(writer: string): Promise<void>
  /** Strikes the connection of a paused operation. */
  strike(kind: ConnectionFaultKind, connection: number): Promise<void>
  /** Breaks the writer's connection under the answer to an operation, which may not have begun yet. */
  loseAnswer(writer: string, operation: string): Promise<void>
  strikeAll(fault: SiteFault): Promise<void>
}

/** Where the rounds of a run take place. */
export interface Sites extends AsyncDisposable {
  /** One where nothing has happened yet. */
  create(round: number, plan: RoundPlan): Promise<Site>
  /** Something went wrong: what is there stays in the folder, for whoever wants to look at it. */
  keep(): void
}
