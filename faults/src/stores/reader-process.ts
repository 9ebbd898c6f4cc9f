import type { Child, Entry } from "../harness/child.ts"
import { runRestarted } from "../harness/restarted-child.ts"
import { stopUntil } from "../harness/stop-until.ts"
import type { FinishMessage, ReaderJob, ReaderMessage, SeenEvent } from "./messages.ts"
import type { ReaderFault, ReaderPlan } from "./round-plan.ts"
import type { Scene } from "./scene.ts"

/** One reader of a round over all its lives: its checkpoint and what it saw are kept here, where no kill reaches. */
export class ReaderProcess {
  readonly plan: ReaderPlan
  readonly #scene: Scene
  readonly #seen: SeenEvent[] = []
  readonly #pending: Set<ReaderFault>
  #child: Child<ReaderMessage> | undefined
  #checkpoint = 0
  #polls = 0
  #lives = 0
  #stopped = false
  #finish = false
  #finished = false

  constructor(plan: ReaderPlan, scene: Scene) {
    this.plan = plan
    this.#scene = scene
    this.#pending = new Set(plan.faults)
  }

  /** In the order in which it came. */
  get seen(): readonly SeenEvent[] {
    return this.#seen
  }

  /** How often it has come to the end of what there was. */
  get polls(): number {
    return this.#polls
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get done(): boolean {
    return this.#finished && this.#pending.size === 0
  }

  /** For messages to people. */
  get state(): string {
    const { name } = this.plan
    return `${name}: ${this.#seen.length} seen, at ${this.#checkpoint}, ${this.#pending.size} faults to come`
  }

  /** `writersMove`: whether the writers got on without this reader, or can't. */
  run(entry: Entry, writersMove: () => () => boolean): Promise<void> {
    return runRestarted<ReaderMessage>({
      name: this.plan.name,
      entry,
      signal: this.#scene.signal,
      job: () => this.#job(),
      done: () => this.done,
      onMessage: (message, child) => {
        this.#child = child
        this.#take(message, child, writersMove)
        this.#scene.progress.changed()
      },
    })
  }

  /** Nothing more is written: it reads to the end. */
  finish(): void {
    this.#finish = true
    this.#child?.send({ type: "finish" } satisfies FinishMessage)
  }

  #job(): ReaderJob {
    const { name, pageSize, filter } = this.plan
    const location = this.#scene.site.locationFor(name)
    const resumed = this.#lives++ > 0
    return { location, after: this.#checkpoint, resumed, pageSize, filter, finish: this.#finish }
  }

  #take(
    message: Exclude<ReaderMessage, { type: "failed" }>,
    child: Child<ReaderMessage>,
    writersMove: () => () => boolean,
  ): void {
    switch (message.type) {
      case "page":
        for (const event of message.events) this.#seen.push(event)
        this.#checkpoint = message.scannedTo
        break
      case "polled":
        this.#polls++
        // It may have been started before it could be told.
        if (this.#finish) child.send({ type: "finish" } satisfies FinishMessage)
        break
      case "finished":
        this.#finished = true
        break
      default:
        message satisfies never
    }
    this.#strikeWhatIsDue(child, writersMove)
  }

  #strikeWhatIsDue(child: Child<ReaderMessage>, writersMove: () => () => boolean): void {
    if (child.killed || this.#stopped) return
    for (const fault of this.#pending) {
      if (!this.#finished && fault.afterEvents > this.#seen.length) continue
      this.#pending.delete(fault)
      if (fault.kind === "kill") child.kill()
      else void this.#stop(child, writersMove())
      return
    }
  }

  async #stop(child: Child<ReaderMessage>, writersMove: () => boolean): Promise<void> {
    this.#stopped = true
    if (!(await stopUntil(child, this.#scene.progress, writersMove))) return
    this.#stopped = false
    // What it had said before it was stopped may have been its last word.
    this.#strikeWhatIsDue(child, () => writersMove)
    if (this.done && !child.killed) child.release()
  }
}

/** Whether each reader that can has come to the end twice since this was called: the second time it began after that. */
export function polledTwice(readers: readonly ReaderProcess[]): () => boolean {
  const before = readers.map((reader) => reader.polls)
  return () =>
    readers.every(
      (reader, index) => reader.stopped || reader.done || reader.polls >= (before[index] as number) + 2,
    )
}
