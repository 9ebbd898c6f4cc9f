import type { EventStore } from "@annals/core"
import { createSubscription, defineSubscription, type SubscriptionDeadLetters } from "@annals/subscriptions"
import type { Client } from "pg"
import type { Entry } from "../harness/child.ts"
import { FaultRunError } from "../harness/fault-run-error.ts"
import { Progress } from "../harness/progress.ts"
import type { Answer } from "../stores/operation.ts"
import { appendWave } from "./append-wave.ts"
import { InstanceProcess } from "./instance-process.ts"
import { instanceNames } from "./plan.ts"
import type { RoundPlan, WavePlan } from "./round-plan.ts"
import type { RoundSite } from "./round-site.ts"
import { type StrikeScene, strike } from "./strike.ts"
import { Watch } from "./watch.ts"

export interface PlayOptions {
  readonly site: RoundSite
  /** What the process of an instance runs. */
  readonly instance: Entry
  readonly signal?: AbortSignal
  /** A round that takes longer hangs: it is given up, and says where it stood. */
  readonly timeoutMs: number
}

/** How each operation came out. */
export type Answers = ReadonlyMap<string, Answer>

/** Plays a plan with real processes. All of them are gone when it settles. */
export async function playRound(plan: RoundPlan, options: PlayOptions): Promise<Answers> {
  const giveUp = new AbortController()
  const over = new AbortController()
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([giveUp.signal, timeout, ...(options.signal ? [options.signal] : [])])
  const round = new Round(plan, options.site, signal)
  const running = [
    ...round.instances.map((instance) => instance.run(options.instance)),
    round.watch.run(AbortSignal.any([signal, over.signal])),
    round.play().finally(() => over.abort()),
  ]
  try {
    await Promise.all(running)
    return round.answers
  } catch (error) {
    const where = round.state
    giveUp.abort(error)
    await Promise.allSettled(running)
    if (timeout.aborted) throw new FaultRunError(`a round didn't end within ${options.timeoutMs} ms:${where}`)
    throw error
  }
}

class Round implements StrikeScene {
  readonly #plan: RoundPlan
  readonly #site: RoundSite
  readonly #deadLetters: SubscriptionDeadLetters
  readonly instances: readonly InstanceProcess[]
  readonly progress: Progress
  readonly watch: Watch
  readonly answers = new Map<string, Answer>()
  /** Whether a wave is still being appended. */
  #appending = false
  #lastPosition = 0
  #doing = "begins"

  constructor(plan: RoundPlan, site: RoundSite, signal: AbortSignal) {
    this.#plan = plan
    this.#site = site
    this.progress = new Progress(signal)
    this.#deadLetters = deadLettersOf(site.store)
    this.watch = new Watch(site.store, this.#deadLetters, site.client, this.progress)
    const scene = { progress: this.progress, signal }
    this.instances = instanceNames.map(
      (name) =>
        new InstanceProcess(
          name,
          { location: site.locationFor(name), modelSchema: site.modelSchema, settings: plan.settings },
          scene,
        ),
    )
  }

  get url(): string {
    return this.#site.url
  }

  /** For messages to people. */
  get state(): string {
    return [this.#doing, this.watch.state, ...this.instances.map(({ state }) => state)]
      .map((line) => `\n  ${line}`)
      .join("")
  }

  connectionName(instance: InstanceProcess): string {
    return this.#site.connectionName(instance.name)
  }

  allHandled = (): boolean => !this.#appending && this.watch.cameTo(this.#lastPosition)

  async play(): Promise<void> {
    for (const [index, wave] of this.#plan.waves.entries()) {
      this.#doing = `wave ${index + 1} of ${this.#plan.waves.length}, ${wave.fault.kind} ${wave.fault.instance}`
      await this.#playWave(wave)
    }
    this.#doing = "everything is appended and repaired"
    await this.#settle()
    this.#doing = "everything is handled"
    await Promise.all(this.instances.map((instance) => instance.finish()))
  }

  async #playWave(wave: WavePlan): Promise<void> {
    const { fault, requeue, poison } = wave
    const before = this.#handled
    await addPoison(this.#site, poison)
    this.#appending = true
    const appended = appendWave(this.#site.store, wave, (operation, answer) => {
      this.answers.set(operation.name, answer)
      if (answer.outcome === "acknowledged")
        this.#lastPosition = Math.max(this.#lastPosition, ...answer.positions)
    }).then(() => {
      this.#appending = false
      this.progress.changed()
    })
    const struck = this.progress
      .until(() => this.#handled >= before + fault.afterEvents || this.allHandled())
      .then(async () => {
        await this.#requeue(requeue)
        await strike(fault, this.#instance(fault.instance), this)
      })
    await Promise.all([appended, struck])
  }

  async #requeue(requeue: WavePlan["requeue"]): Promise<void> {
    if (requeue === "nothing") return
    if (requeue === "repaired") await repair(this.#site)
    await this.#deadLetters.requeue()
  }

  /** Until everything is handled, and nothing waits any more. What failed once more meanwhile is requeued once more. */
  async #settle(): Promise<void> {
    await repair(this.#site)
    await this.progress.until(this.allHandled)
    do {
      await this.#deadLetters.requeue()
      // The look that is under way may have begun before that.
      const looks = this.watch.looks + 2
      const settled = () => this.watch.parked.every(({ status }) => status === "parked")
      await this.progress.until(() => this.watch.looks >= looks && settled())
    } while (this.watch.parked.length > 0)
  }

  #instance(name: string): InstanceProcess {
    return this.instances.find((instance) => instance.name === name) as InstanceProcess
  }

  get #handled(): number {
    return this.instances.reduce((sum, { handled }) => sum + handled, 0)
  }
}

/** As an operator gets at them, who takes no part in it. */
function deadLettersOf(store: EventStore): SubscriptionDeadLetters {
  return createSubscription(store, defineSubscription("parking", { handle: () => {} })).deadLetters
}

interface Model {
  readonly client: Client
  readonly modelSchema: string
}

async function addPoison({ client, modelSchema }: Model, ids: readonly string[]): Promise<void> {
  await client.query(`INSERT INTO ${modelSchema}.poison SELECT unnest($1::text[])`, [ids])
}

/** From now on everything can be taken. */
async function repair({ client, modelSchema }: Model): Promise<void> {
  await client.query(`DELETE FROM ${modelSchema}.poison`)
}
