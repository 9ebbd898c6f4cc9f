import type { Child } from "../harness/child.ts"
import type { Progress } from "../harness/progress.ts"
import { runRestarted } from "../harness/restarted-child.ts"
import type { ResumeMessage, WriterJob, WriterMessage } from "./messages.ts"
import type { Answer, Operation } from "./operation.ts"
import { momentOf, type WriterFault, type WriterPlan } from "./plan.ts"

/** One writer of a round over all its lives: what it was given to do, what it answered, and the faults that it suffers. */
export class WriterProcess {
  readonly #plan: WriterPlan
  readonly #progress: Progress
  readonly #answers = new Map<string, Answer>()
  readonly #abandoned = new Set<string>()
  readonly #pending: Set<WriterFault>
  /** Of this life: begun and not answered. */
  readonly #inFlight = new Set<string>()
  #holding = false
  #finished = false

  constructor(plan: WriterPlan, progress: Progress) {
    this.#plan = plan
    this.#progress = progress
    this.#pending = new Set(plan.faults)
  }

  /** Of each operation that has one. */
  get answers(): ReadonlyMap<string, Answer> {
    return this.#answers
  }

  /** How many operations will not be tried again. */
  get settled(): number {
    return this.#answers.size + this.#abandoned.size
  }

  get done(): boolean {
    return this.#finished && this.#pending.size === 0
  }

  /** Whether it keeps a transaction open until something else has happened. */
  get holding(): boolean {
    return this.#holding
  }

  /** Whether it can't do anything while another writer keeps the file, or has nothing to do. */
  get waiting(): boolean {
    return this.done || this.#inFlight.size > 0
  }

  /** For messages to people. */
  get state(): string {
    const running = [...this.#inFlight].join(", ") || "nothing"
    return `${this.#plan.name}: ${this.settled} settled, ${running} in flight, ${this.#pending.size} faults to come`
  }

  /** `othersWait`: whether everybody else waits for the lock that this writer holds. */
  run(file: string, entry: string, signal: AbortSignal, othersWait: () => () => boolean): Promise<void> {
    return runRestarted<WriterMessage>({
      name: this.#plan.name,
      file: entry,
      signal,
      job: () => this.#job(file),
      done: () => this.done,
      onMessage: (message, child) => {
        this.#take(message, child, othersWait)
        this.#progress.changed()
      },
    })
  }

  #job(file: string): WriterJob {
    this.#inFlight.clear()
    this.#holding = false
    const pauses = [...this.#pending].flatMap((fault) =>
      "operation" in fault ? [{ operation: fault.operation, moment: momentOf[fault.kind] }] : [],
    )
    const isLeft = ({ name }: Operation) => !this.#answers.has(name) && !this.#abandoned.has(name)
    return { file, pauses, lanes: this.#plan.lanes.map((lane) => lane.filter(isLeft)) }
  }

  #take(
    message: Exclude<WriterMessage, { type: "failed" }>,
    child: Child<WriterMessage>,
    othersWait: () => () => boolean,
  ): void {
    switch (message.type) {
      case "opening":
        this.#strikeWhatIsDue(child, true)
        break
      case "started":
        this.#inFlight.add(message.operation)
        break
      case "answered":
        this.#inFlight.delete(message.operation)
        this.#answers.set(message.operation, message.answer)
        this.#abandoned.delete(message.operation) // the answer was on its way when it was given up
        this.#strikeWhatIsDue(child, false)
        break
      case "paused":
        this.#strikePaused(message.operation, child, othersWait)
        break
      case "finished":
        this.#finished = true
        this.#strikeWhatIsDue(child, true)
        break
      default:
        message satisfies never
    }
  }

  /** Faults are due by what is settled, and all of them when nothing is left that could make them due. */
  #strikeWhatIsDue(child: Child<WriterMessage>, starting: boolean): void {
    if (child.killed) return
    for (const fault of this.#pending) {
      const due =
        fault.kind === "kill-at-start"
          ? starting
          : fault.kind === "kill-after-answers" && (this.#finished || fault.answers <= this.settled)
      if (!due) continue
      this.#pending.delete(fault)
      this.#kill(child, "abandons" in fault && fault.abandons)
      return
    }
  }

  #strikePaused(operation: string, child: Child<WriterMessage>, othersWait: () => () => boolean): void {
    if (child.killed) return
    const fault = [...this.#pending].find(
      (pending) => "operation" in pending && pending.operation === operation,
    )
    if (fault === undefined || !("operation" in fault)) throw new Error(`${operation} paused for no fault`)
    this.#pending.delete(fault)
    if (fault.kind === "stop-in-transaction") void this.#stop(operation, child, othersWait())
    else this.#kill(child, fault.abandons)
  }

  /** Operations with a fault of their own to come are never abandoned: each fault strikes. */
  #kill(child: Child<WriterMessage>, abandons: boolean): void {
    child.kill()
    if (!abandons) return
    const awaited = new Set(
      [...this.#pending].map((fault) => ("operation" in fault ? fault.operation : undefined)),
    )
    for (const operation of this.#inFlight) if (!awaited.has(operation)) this.#abandoned.add(operation)
  }

  async #stop(operation: string, child: Child<WriterMessage>, othersWait: () => boolean): Promise<void> {
    child.stop()
    this.#holding = true
    this.#progress.changed()
    try {
      await this.#progress.until(othersWait)
    } catch {
      return // the run is given up, and this process with it
    }
    this.#holding = false
    child.continue()
    child.send({ type: "resume", operation } satisfies ResumeMessage)
  }
}
