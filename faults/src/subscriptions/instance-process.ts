import type { Child, Entry } from "../harness/child.ts"
import type { Progress } from "../harness/progress.ts"
import { runRestarted } from "../harness/restarted-child.ts"
import type { InstanceJob, InstanceMessage, InstanceOrder, PausedMessage } from "./messages.ts"
import type { Moment, SubscriptionName } from "./round-plan.ts"

type InstanceChild = Child<InstanceMessage>

/** One instance of a round over all its lives. */
export class InstanceProcess {
  readonly name: string
  readonly #job: Omit<InstanceJob, "instance">
  readonly #progress: Progress
  readonly #signal: AbortSignal
  #child: InstanceChild | undefined
  #lives = 0
  #joined = false
  #armed = false
  #paused: PausedMessage | undefined
  #handled = 0
  #finished = false

  constructor(
    name: string,
    job: Omit<InstanceJob, "instance">,
    scene: { readonly progress: Progress; readonly signal: AbortSignal },
  ) {
    this.name = name
    this.#job = job
    this.#progress = scene.progress
    this.#signal = scene.signal
  }

  /** What it calls itself in this life. */
  get instance(): string {
    return `${this.name}.${this.#lives}`
  }

  /** How many events its handlers said they had handled, for good or not. */
  get handled(): number {
    return this.#handled
  }

  /** Where it waits in a handler for its fault. */
  get paused(): PausedMessage | undefined {
    return this.#paused
  }

  get joined(): boolean {
    return this.#joined
  }

  /** For messages to people. */
  get state(): string {
    const doing = this.#paused ? `paused ${this.#paused.moment}` : this.#joined ? "takes part" : "is away"
    return `${this.instance}: ${this.#handled} handled, ${doing}`
  }

  run(entry: Entry): Promise<void> {
    return runRestarted<InstanceMessage>({
      name: this.name,
      entry,
      signal: this.#signal,
      job: () => this.#start(),
      done: () => this.#finished && !this.#joined,
      onMessage: (message, child) => {
        this.#child = child
        this.#take(message)
        this.#progress.changed()
      },
    })
  }

  /** Resolves when the process of this life takes part, with that process. */
  async whenJoined(): Promise<InstanceChild> {
    await this.#progress.until(() => this.#joined)
    return this.#child as InstanceChild
  }

  kill(): void {
    this.#joined = false
    this.#paused = undefined
    this.#child?.kill()
  }

  /** Resolves when it will: the next event of this subscription waits there. */
  async pauseAt(subscription: SubscriptionName, moment: Moment): Promise<void> {
    this.#armed = false
    this.#order({ type: "pause", subscription, moment })
    await this.#progress.until(() => this.#armed)
  }

  resume(): void {
    this.#paused = undefined
    this.#order({ type: "resume" })
  }

  /** Resolves when its subscriptions are stopped. */
  async leave(): Promise<void> {
    await this.#progress.until(() => this.#joined)
    this.#order({ type: "leave" })
    await this.#progress.until(() => !this.#joined)
  }

  async join(): Promise<void> {
    this.#order({ type: "join" })
    await this.#progress.until(() => this.#joined)
  }

  /** Leaves for good. */
  async finish(): Promise<void> {
    this.#finished = true
    await this.leave()
  }

  #start(): InstanceJob {
    this.#lives++
    this.#joined = false
    this.#paused = undefined
    return { ...this.#job, instance: this.instance }
  }

  #order(order: InstanceOrder): void {
    this.#child?.send(order)
  }

  #take(message: Exclude<InstanceMessage, { type: "failed" }>): void {
    // What a life had said before it was killed may come after that.
    if (this.#child?.killed) return
    switch (message.type) {
      case "joined":
        this.#joined = true
        break
      case "handled":
        this.#handled++
        break
      case "armed":
        this.#armed = true
        break
      case "paused":
        this.#paused = message
        break
      case "left":
        this.#joined = false
        break
      default:
        message satisfies never
    }
  }
}
