import { createPostgresStore, type PostgresStore } from "@annals/store-postgres"
import { createSubscription, type Subscription } from "@annals/subscriptions"
import { type Parent, serveParent } from "../harness/parent.ts"
import { defineSubscriptions } from "./define-subscriptions.ts"
import type { InstanceJob, InstanceMessage, InstanceOrder } from "./messages.ts"
import { Pauses } from "./pauses.ts"
import { type Project, projectEvent } from "./read-model.ts"

/** What tests put broken ones in the place of. */
export interface InstanceParts {
  readonly project?: Project
  /** What subscriptions get in place of the store. */
  readonly store?: (store: PostgresStore) => PostgresStore
}

/** The process of an instance: runs its subscriptions, and does what it is told to until its parent lets go. */
export function serveInstance(partsOf: (job: InstanceJob) => InstanceParts = () => ({})): void {
  const orders = new Orders()
  serveParent<InstanceJob>(
    async (job, parent) => {
      const { project = projectEvent, store: wrap = (store) => store } = partsOf(job)
      const store = wrap(createPostgresStore(job.location))
      const pauses = new Pauses((message) => parent.say(message))
      const work = {
        ...job,
        project,
        pauses,
        handled: () => void say(parent, { type: "handled" }),
      }
      const options = { instance: job.instance, leaseTtlMs: job.settings.leaseTtlMs }
      const subscriptions = defineSubscriptions(job.settings, work).map((definition) =>
        createSubscription(store, definition, options),
      )
      await obey(subscriptions, orders, pauses, parent)
    },
    (message) => orders.give(message as InstanceOrder),
    // It is told to leave before that.
    async () => {},
  )
}

/** Takes part until it is told to leave, and again when it is told to join. Rejects where a subscription ends by itself. */
async function obey(
  subscriptions: readonly Subscription[],
  orders: Orders,
  pauses: Pauses,
  parent: Parent,
): Promise<never> {
  while (true) {
    await Promise.all(subscriptions.map((subscription) => subscription.start()))
    await say(parent, { type: "joined" })
    const failed = Promise.all(subscriptions.map(({ done }) => done)).then(() => {})
    failed.catch(() => {}) // it is raced below
    for (let left = false; !left; ) {
      const order = await Promise.race([orders.next(), failed.then(() => endedByItself())])
      if (order.type === "pause") {
        pauses.order(order.subscription, order.moment)
        await say(parent, { type: "armed" })
      } else pauses.resume()
      left = order.type === "leave"
    }
    await Promise.all(subscriptions.map((subscription) => subscription.stop()))
    await say(parent, { type: "left" })
    while ((await orders.next()).type !== "join");
  }
}

function endedByItself(): never {
  throw new Error("a subscription stopped, and nobody had told it to")
}

function say(parent: Parent, message: InstanceMessage): Promise<void> {
  return parent.say(message)
}

/** What the parent says, in order, for whoever asks for the next. */
class Orders {
  readonly #waiting: InstanceOrder[] = []
  #wake: (() => void) | undefined

  give(order: InstanceOrder): void {
    this.#waiting.push(order)
    this.#wake?.()
  }

  async next(): Promise<InstanceOrder> {
    if (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#waiting.shift() as InstanceOrder
  }
}
