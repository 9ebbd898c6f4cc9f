import type { Child, Entry } from "../harness/child.ts"
import type { Progress } from "../harness/progress.ts"
import { runRestarted } from "../harness/restarted-child.ts"
import type { PublisherJob, PublisherMessage, PublishOrder } from "./messages.ts"
import type { PublisherName, PublishStep } from "./round-plan.ts"

/** One publisher of a round over all its lives: what it was told to publish, and what was acknowledged. */
export class PublisherProcess {
  readonly name: PublisherName
  readonly #job: PublisherJob
  readonly #progress: Progress
  readonly #signal: AbortSignal
  readonly #acknowledged: (step: PublishStep) => void
  /** By their names: what isn't acknowledged yet, lane by lane. */
  #lanes: readonly Map<string, PublishStep>[] = []
  #child: Child<PublisherMessage> | undefined
  #opened = false
  #finished = false

  constructor(
    name: PublisherName,
    job: PublisherJob,
    scene: { readonly progress: Progress; readonly signal: AbortSignal },
    acknowledged: (step: PublishStep) => void,
  ) {
    this.name = name
    this.#job = job
    this.#progress = scene.progress
    this.#signal = scene.signal
    this.#acknowledged = acknowledged
  }

  /** How many steps are to be acknowledged yet. */
  get left(): number {
    return this.#lanes.reduce((sum, { size }) => sum + size, 0)
  }

  get opened(): boolean {
    return this.#opened
  }

  /** For messages to people. */
  get state(): string {
    return `${this.name}: ${this.left} steps to publish${this.#finished ? ", told to end" : ""}`
  }

  run(entry: Entry): Promise<void> {
    return runRestarted<PublisherMessage>({
      name: this.name,
      entry,
      signal: this.#signal,
      job: () => {
        this.#opened = false
        return this.#job
      },
      done: () => this.#finished,
      onMessage: (message, child) => {
        this.#child = child
        if (message.type === "opened") this.#begin(child)
        else this.#settle(message.step)
        this.#progress.changed()
      },
    })
  }

  /** Resolves when everything is acknowledged, in whatever life. */
  async publish(lanes: readonly (readonly PublishStep[])[]): Promise<void> {
    this.#lanes = lanes.map((steps) => new Map(steps.map((step) => [step.name, step])))
    this.#order()
    await this.#progress.until(() => this.left === 0)
  }

  kill(): void {
    this.#opened = false
    this.#child?.kill()
  }

  /** Ends when it has published everything. */
  finish(): void {
    this.#finished = true
    this.#child?.release()
  }

  #begin(child: Child<PublisherMessage>): void {
    if (child.killed) return
    this.#opened = true
    if (this.left > 0) this.#order()
  }

  /** A life that isn't there yet is told when it is. */
  #order(): void {
    if (!this.#opened) return
    const lanes = this.#lanes.map((steps) => [...steps.values()])
    this.#child?.send({ type: "publish", lanes } satisfies PublishOrder)
  }

  /** What a life had said before it was killed may come after that, and counts. */
  #settle(name: string): void {
    for (const steps of this.#lanes) {
      const step = steps.get(name)
      if (step === undefined) continue
      steps.delete(name)
      this.#acknowledged(step)
    }
  }
}
