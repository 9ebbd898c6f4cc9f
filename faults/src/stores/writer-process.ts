import type { Child, Entry } from "../harness/child.ts"
import { runRestarted } from "../harness/restarted-child.ts"
import { stopUntil } from "../harness/stop-until.ts"
import type { PausedMessage, ResumeMessage, WriterJob, WriterMessage } from "./messages.ts"
import type { Answer, Operation } from "./operation.ts"
import { momentOf, type WriterFault, type WriterPlan } from "./round-plan.ts"
import type { Scene } from "./scene.ts"
import type { SiteServer } from "./site.ts"

type WriterChild = Child<WriterMessage>

/** One writer of a round over all its lives: what it was given to do, what it answered, and the faults that it suffers. */
export class WriterProcess {
  readonly #plan: WriterPlan
  readonly #scene: Scene
  readonly #answers = new Map<string, Answer>()
  readonly #abandoned = new Set<string>()
  /** Yet to strike. */
  readonly #pending: Set<WriterFault>
  /** Striking now. */
  readonly #striking = new Set<WriterFault>()
  /** Of this life: begun and not answered. */
  readonly #inFlight = new Set<string>()
  readonly #stoppedIn = new Set<string>()
  #child: WriterChild | undefined
  #holding = false
  #finished = false

  constructor(plan: WriterPlan, scene: Scene) {
    this.#plan = plan
    this.#scene = scene
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
    return this.#finished && this.#pending.size === 0 && this.#striking.size === 0
  }

  /** Whether it is stopped with a transaction open until something else has happened. */
  get holding(): boolean {
    return this.#holding
  }

  /** Whether it can't do anything while another writer keeps the lock that all need, or has nothing to do. */
  get waiting(): boolean {
    return this.done || this.#inFlight.size > 0
  }

  /** For messages to people. */
  get state(): string {
    const running = [...this.#inFlight].join(", ") || "nothing"
    const toCome = [...this.#striking, ...this.#pending].map(({ kind }) => kind).join(", ") || "no faults"
    return `${this.#plan.name}: ${this.settled} settled, ${running} in flight, ${toCome} to come`
  }

  /** Whether it begins when another writer is stopped, and because of that. */
  startsAtStopOf(other: WriterProcess): boolean {
    const { startsAtStopOf } = this.#plan
    return startsAtStopOf !== undefined && other.wasStoppedIn(startsAtStopOf)
  }

  /** Whether it was, or is, stopped in an operation. */
  wasStoppedIn(operation: string): boolean {
    return this.#stoppedIn.has(operation)
  }

  /** `othersWentOn`: whether everybody else has done what they can while this writer is stopped. */
  async run(
    entry: Entry,
    writers: readonly WriterProcess[],
    othersWentOn: () => () => boolean,
  ): Promise<void> {
    const { progress, signal } = this.#scene
    if (this.#plan.startsAtStopOf !== undefined)
      await progress.until(() => writers.some((writer) => this.startsAtStopOf(writer)))
    this.#awaitLostAnswers()
    await runRestarted<WriterMessage>({
      name: this.#plan.name,
      entry,
      signal,
      job: () => this.#job(),
      done: () => this.done,
      onMessage: (message, child) => {
        this.#child = child
        this.#take(message, child, othersWentOn)
        progress.changed()
      },
    })
  }

  #job(): WriterJob {
    this.#inFlight.clear()
    this.#holding = false
    const pauses = [...this.#pending].flatMap((fault) =>
      "abandons" in fault && "operation" in fault
        ? [{ operation: fault.operation, moment: momentOf[fault.kind] }]
        : [],
    )
    const isLeft = ({ name }: Operation) => !this.#answers.has(name) && !this.#abandoned.has(name)
    const lanes = this.#plan.lanes.map((lane) => lane.filter(isLeft))
    return { location: this.#scene.site.locationFor(this.#plan.name), pauses, lanes }
  }

  #take(
    message: Exclude<WriterMessage, { type: "failed" }>,
    child: WriterChild,
    othersWentOn: () => () => boolean,
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
        this.#strikePaused(message, child, othersWentOn)
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
  #strikeWhatIsDue(child: WriterChild, starting: boolean): void {
    if (child.killed) return
    for (const fault of this.#pending) {
      const due =
        fault.kind === "kill-at-start"
          ? starting
          : "answers" in fault && (this.#finished || fault.answers <= this.settled)
      if (!due) continue
      this.#pending.delete(fault)
      if (fault.kind === "terminate-after-answers") {
        void this.#strikeOutside(fault, (server) => server.terminate(this.#plan.name))
        continue
      }
      this.#kill(child, "abandons" in fault && fault.abandons)
      return
    }
  }

  #strikePaused(
    { operation, connection }: PausedMessage,
    child: WriterChild,
    othersWentOn: () => () => boolean,
  ): void {
    if (child.killed) return
    const fault = [...this.#pending].find(
      (pending) => "operation" in pending && pending.operation === operation,
    )
    if (fault === undefined || !("abandons" in fault)) throw new Error(`${operation} paused for no fault`)
    this.#pending.delete(fault)
    switch (fault.kind) {
      case "kill-in-transaction":
      case "kill-after-commit":
        this.#kill(child, fault.abandons)
        break
      case "stop-in-transaction":
        void this.#stop(operation, child, othersWentOn())
        break
      case "terminate-in-transaction":
      case "terminate-at-commit":
      case "kill-server-in-transaction":
      case "kill-server-at-commit": {
        const { kind } = fault
        void this.#strikeOutside(fault, async (server) => {
          await server.strike(kind, connection ?? unknownConnection(operation))
          child.send({ type: "resume", operation } satisfies ResumeMessage)
        })
        break
      }
      default:
        throw new Error(`${operation} paused for ${fault.kind}`)
    }
  }

  /** Operations with a fault of their own to come are never abandoned: each fault strikes. */
  #kill(child: WriterChild, abandons: boolean): void {
    child.kill()
    if (!abandons) return
    const awaited = new Set(
      [...this.#pending].map((fault) => ("operation" in fault ? fault.operation : undefined)),
    )
    for (const operation of this.#inFlight) if (!awaited.has(operation)) this.#abandoned.add(operation)
  }

  async #stop(operation: string, child: WriterChild, othersWentOn: () => boolean): Promise<void> {
    this.#holding = true
    this.#stoppedIn.add(operation)
    if (!(await stopUntil(child, this.#scene.progress, othersWentOn))) return
    this.#holding = false
    child.send({ type: "resume", operation } satisfies ResumeMessage)
  }

  /** These wait for their moment where the answers pass by. */
  #awaitLostAnswers(): void {
    for (const fault of this.#pending) if (fault.kind === "lose-answer") void this.#awaitLostAnswer(fault)
  }

  async #awaitLostAnswer(fault: Extract<WriterFault, { kind: "lose-answer" }>): Promise<void> {
    const { site, giveUp } = this.#scene
    try {
      await (site.server ?? noServer(fault)).loseAnswer(this.#plan.name, fault.operation)
      this.#pending.delete(fault)
    } catch (error) {
      giveUp(error)
    }
  }

  /** Something else suffers than the process, which may come to its end before: it waits, and is let go then. */
  async #strikeOutside(fault: WriterFault, strike: (server: SiteServer) => Promise<void>): Promise<void> {
    const { site, giveUp, progress } = this.#scene
    this.#pending.delete(fault)
    this.#striking.add(fault)
    try {
      await strike(site.server ?? noServer(fault))
    } catch (error) {
      giveUp(error)
      return
    }
    this.#striking.delete(fault)
    progress.changed()
    if (this.done && this.#child?.killed === false) this.#child.release()
  }
}

function unknownConnection(operation: string): never {
  throw new Error(`${operation} paused on no connection`)
}

function noServer({ kind }: WriterFault): never {
  throw new Error(`${kind} needs a server`)
}
