import type { Child, Entry } from "../harness/child.ts"
import type { Progress } from "../harness/progress.ts"
import { runRestarted } from "../harness/restarted-child.ts"
import { type ConsumerName, consumers, type GroupName } from "./groups.ts"
import type { CallMessage, ConsumerJob, ConsumerMessage, ConsumerOrder, LookedMessage } from "./messages.ts"
import type { Moment } from "./round-plan.ts"

type ConsumerChild = Child<ConsumerMessage>

/** One consumer of a round over all its lives. */
export class ConsumerProcess {
  readonly name: ConsumerName
  readonly #job: Pick<ConsumerJob, "location" | "file">
  readonly #progress: Progress
  readonly #signal: AbortSignal
  readonly #called: (message: CallMessage) => void
  #child: ConsumerChild | undefined
  #lives = 0
  #joined = false
  #left = false
  /** Whether it is stopped. */
  frozen = false
  #armed = false
  #paused: Moment | undefined
  #looks = 0
  #looked: LookedMessage | undefined
  #finished = false

  constructor(
    name: ConsumerName,
    job: Pick<ConsumerJob, "location" | "file">,
    scene: { readonly progress: Progress; readonly signal: AbortSignal },
    called: (message: CallMessage) => void,
  ) {
    this.name = name
    this.#job = job
    this.#progress = scene.progress
    this.#signal = scene.signal
    this.#called = called
  }

  get groups(): readonly GroupName[] {
    return consumers[this.name]
  }

  get joined(): boolean {
    return this.#joined
  }

  /** Where it waits in a handler for its fault. */
  get paused(): Moment | undefined {
    return this.#paused
  }

  /** For messages to people. */
  get state(): string {
    const doing = this.#finished
      ? "told to end"
      : this.#paused
        ? `paused ${this.#paused}`
        : this.#joined
          ? "takes part"
          : "is away"
    return `${this.name}.${this.#lives}: ${doing}; last said to wait: ${this.#looked?.lags.join(", ")}`
  }

  run(entry: Entry): Promise<void> {
    return runRestarted<ConsumerMessage>({
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
  async whenJoined(): Promise<ConsumerChild> {
    await this.#progress.until(() => this.#joined)
    return this.#child as ConsumerChild
  }

  kill(): void {
    this.#joined = false
    this.#paused = undefined
    this.#child?.kill()
    this.#progress.changed()
  }

  /** Resolves when it will: the next event of this group waits there. `alone`: with no transaction open. */
  async pauseAt(group: GroupName, moment: Moment, alone: boolean): Promise<void> {
    this.#armed = false
    this.#order({ type: "pause", group, moment, alone })
    await this.#progress.until(() => this.#armed)
  }

  resume(): void {
    this.#paused = undefined
    this.#order({ type: "resume" })
  }

  /**
   * How many events the broker has for each of its groups, as far as it could be asked. Nobody asks one that is frozen, or that was told to leave: what it has
   * left waits for the others.
   */
  async lags(): Promise<readonly (number | undefined)[]> {
    if (this.frozen || this.#left) return []
    if (!this.#joined) return [undefined]
    const look = ++this.#looks
    this.#order({ type: "look", look })
    await this.#progress.until(() => this.#looked?.look === look || this.frozen || !this.#joined)
    return this.#looked?.look === look ? this.#looked.lags : [undefined]
  }

  /** Resolves when its consumers are stopped. */
  async leave(): Promise<void> {
    await this.#progress.until(() => this.#joined)
    this.#left = true
    this.#order({ type: "leave" })
    await this.#progress.until(() => !this.#joined)
  }

  async join(): Promise<void> {
    this.#order({ type: "join" })
    await this.#progress.until(() => this.#joined)
    this.#left = false
  }

  /** Leaves for good. */
  async finish(): Promise<void> {
    this.#finished = true
    await this.leave()
  }

  #start(): ConsumerJob {
    this.#lives++
    this.#joined = false
    this.#paused = undefined
    return { ...this.#job, consumer: this.name, name: `${this.name}.${this.#lives}` }
  }

  #order(order: ConsumerOrder): void {
    this.#child?.send(order)
  }

  #take(message: Exclude<ConsumerMessage, { type: "failed" }>): void {
    // Whatever a life says was so, also what comes after it was killed; but for where it stands.
    if (message.type === "retried" || message.type === "failing" || message.type === "handled") {
      this.#called(message)
    } else if (this.#child?.killed !== true) this.#stand(message)
  }

  #stand(message: Exclude<ConsumerMessage, { type: "failed" } | CallMessage>): void {
    switch (message.type) {
      case "joined":
        this.#joined = true
        break
      case "armed":
        this.#armed = true
        break
      case "paused":
        this.#paused = message.moment
        break
      case "looked":
        this.#looked = message
        break
      case "left":
        this.#joined = false
        break
      default:
        message satisfies never
    }
  }
}
