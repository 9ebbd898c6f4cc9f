import type { EventStore } from "@annals/core"
import {
  createSubscription,
  defineSubscription,
  rebuildProjection,
  type SubscriptionDeadLetters,
} from "@annals/subscriptions"
import { Progress } from "../harness/progress.ts"
import type { Answer } from "../stores/operation.ts"
import { appendWave } from "./append-wave.ts"
import { defineRebuilt } from "./define-rebuilt.ts"
import type { ModelWork } from "./handle-event.ts"
import { InstanceProcess } from "./instance-process.ts"
import { projectEvent } from "./read-model.ts"
import type { InstanceFault, RoundPlan, WavePlan } from "./round-plan.ts"
import { addPoison, type RoundSite, repair } from "./round-site.ts"
import { arm, type StrikeScene, strike } from "./strike.ts"
import { Watch } from "./watch.ts"

/** A round while it is played: wave after wave of appends, and a fault in the middle of each. */
export class Round implements StrikeScene {
  readonly instances: readonly InstanceProcess[]
  readonly progress: Progress
  readonly watch: Watch
  readonly answers = new Map<string, Answer>()
  readonly #plan: RoundPlan
  readonly #site: RoundSite
  readonly #deadLetters: SubscriptionDeadLetters
  #isAppending = false
  #lastPosition = 0
  /** What the watch says before it has looked so often isn't about what was done since. */
  #newsAt = 0
  #doing = "begins"

  constructor(plan: RoundPlan, site: RoundSite, signal: AbortSignal) {
    this.#plan = plan
    this.#site = site
    this.progress = new Progress(signal)
    this.#deadLetters = deadLettersOf(site.store)
    this.watch = new Watch(site.store, this.#deadLetters, site.client, site.schema, this.progress)
    const scene = { progress: this.progress, signal }
    const { modelSchema } = site
    const { settings } = plan
    this.instances = plan.instances.map(
      (name) => new InstanceProcess(name, { location: site.locationFor(name), modelSchema, settings }, scene),
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

  allHandled = (): boolean =>
    !this.#isAppending &&
    this.watch.looks >= this.#newsAt &&
    this.watch.cameTo(this.#lastPosition) &&
    this.watch.parked.every(({ status }) => status === "parked")

  othersHandledAll = (): boolean => !this.#isAppending && this.watch.othersCameTo(this.#lastPosition)

  async play(): Promise<void> {
    await this.progress.until(() => this.instances.every(({ joined }) => joined))
    for (const [index, wave] of this.#plan.waves.entries()) {
      this.#doing = `wave ${index + 1} of ${this.#plan.waves.length}: ${describe(wave.fault)}`
      await this.#playWave(wave)
    }
    this.#doing = "everything is appended"
    await this.#settle()
    this.#doing = "everything is handled"
    await Promise.all(this.instances.map((instance) => instance.finish()))
  }

  async #playWave(wave: WavePlan): Promise<void> {
    const { fault, requeue, poison } = wave
    await addPoison(this.#site, poison)
    const isDue = this.#due(fault?.afterEvents ?? Number.POSITIVE_INFINITY)
    // What is due before the first event waits for it.
    const armed = fault?.afterEvents === 0 ? await this.#arm(fault) : undefined
    const appended = Promise.all([this.#append(wave), wave.rebuilds ? this.#rebuild() : undefined])
    await this.progress.until(() => isDue() || this.allHandled())
    await this.#requeue(requeue)
    if (fault !== undefined) await strike(fault, armed ?? (await this.#arm(fault)), this)
    await appended
  }

  async #append(wave: WavePlan): Promise<void> {
    this.#isAppending = true
    await appendWave(this.#site.store, wave, (operation, answer) => {
      this.answers.set(operation.name, answer)
      if (answer.outcome !== "acknowledged") return
      this.#lastPosition = Math.max(this.#lastPosition, ...answer.positions)
    })
    this.#isAppending = false
    this.progress.changed()
  }

  /** Beside the instances, in a process that nothing strikes. */
  async #rebuild(): Promise<void> {
    const { store, modelSchema } = this.#site
    const work: ModelWork = {
      modelSchema,
      instance: "rebuild",
      project: projectEvent,
      pauses: { at: async () => {} },
      handled: () => {},
    }
    await rebuildProjection(store, defineRebuilt(work), { pageSize: 20 }).done
  }

  #due(events: number): () => boolean {
    const handled = () => this.instances.reduce((sum, instance) => sum + instance.handled, 0)
    const before = handled()
    return () => handled() >= before + events
  }

  async #arm(fault: InstanceFault): Promise<InstanceProcess> {
    const isMeant = ({ name, instance }: InstanceProcess) =>
      fault.instance === "holder"
        ? this.watch.holder(fault.subscription) === instance
        : name === fault.instance
    await this.progress.until(() => this.instances.some(isMeant))
    const instance = this.instances.find(isMeant) as InstanceProcess
    await arm(fault, instance)
    return instance
  }

  async #requeue(requeue: WavePlan["requeue"]): Promise<void> {
    if (requeue === "nothing") return
    if (requeue === "repaired") await repair(this.#site)
    await this.#deadLetters.requeue()
    // The look that is under way may have begun before that.
    this.#newsAt = this.watch.looks + 2
  }

  /** Until everything is handled, and nothing waits any more. What failed once more meanwhile is requeued once more. */
  async #settle(): Promise<void> {
    await this.progress.until(this.allHandled)
    do {
      await this.#requeue("repaired")
      await this.progress.until(this.allHandled)
    } while (this.watch.parked.length > 0)
  }
}

function describe(fault: InstanceFault | undefined): string {
  return fault === undefined ? "nothing strikes" : `${fault.kind} ${fault.instance} in ${fault.subscription}`
}

/** As an operator gets at them, who takes no part in it. */
function deadLettersOf(store: EventStore): SubscriptionDeadLetters {
  return createSubscription(store, defineSubscription("parking", { handle: () => {} })).deadLetters
}
