import type { BusConsumer, EventBus } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { type Parent, serveParent } from "../harness/parent.ts"
import { consumers } from "./groups.ts"
import { type ConsumerWork, joinGroup } from "./join-group.ts"
import type { ConsumerJob, ConsumerMessage, ConsumerOrder } from "./messages.ts"
import { type BusLocation, openBus } from "./open-bus.ts"
import { Orders } from "./orders.ts"
import { Pauses } from "./pauses.ts"
import { untilAvailable } from "./publish-steps.ts"

/** What tests put broken ones in the place of. */
export interface ConsumerParts extends Pick<ConsumerWork, "withInbox"> {
  readonly open?: (location: BusLocation) => Promise<EventBus>
}

/** The process of a consumer: takes part in its groups, and does what it is told to until its parent lets go. */
export function serveConsumer({ open = openBus, ...parts }: ConsumerParts = {}): void {
  const orders = new Orders<ConsumerOrder>()
  serveParent<ConsumerJob>(
    async ({ location, file, consumer, name }, parent) => {
      const bus = await open(location)
      const store = createSqliteStore({ file, durability: "off" })
      const pauses = new Pauses((moment) => say(parent, { type: "paused", moment }))
      const work: ConsumerWork = { store, name, pauses, tell: (message) => say(parent, message), ...parts }
      const join = (group: (typeof consumers)[typeof consumer][number]) =>
        untilAvailable(() => joinGroup(bus, group, work))
      await takePart(() => Promise.all(consumers[consumer].map(join)), orders, pauses, parent)
    },
    (message) => orders.give(message as ConsumerOrder),
    // It is told to leave before that.
    async () => {},
  )
}

/** Takes part until it is told to leave, and again when it is told to join. Rejects where a consumer ends by itself. */
async function takePart(
  join: () => Promise<readonly BusConsumer[]>,
  orders: Orders<ConsumerOrder>,
  pauses: Pauses,
  parent: Parent,
): Promise<never> {
  while (true) {
    const joined = await join()
    await say(parent, { type: "joined" })
    const ended = Promise.race(joined.map(({ done }) => done)).then(() => endedByItself())
    ended.catch(() => {}) // it is raced below
    for (let left = false; !left; ) {
      const order = await Promise.race([orders.next(), ended])
      if (order.type === "pause") {
        pauses.order(order)
        await say(parent, { type: "armed" })
      } else if (order.type === "look") {
        void look(joined).then((lags) => say(parent, { type: "looked", look: order.look, lags }))
      } else pauses.resume()
      left = order.type === "leave"
    }
    await Promise.all(joined.map((consumer) => consumer.stop()))
    await say(parent, { type: "left" })
    while ((await orders.next()).type !== "join");
  }
}

function look(joined: readonly BusConsumer[]): Promise<(number | undefined)[]> {
  return Promise.all(joined.map((consumer) => consumer.lag().catch(() => undefined)))
}

function endedByItself(): never {
  throw new Error("a consumer stopped, and nobody had told it to")
}

function say(parent: Parent, message: ConsumerMessage): Promise<void> {
  return parent.say(message)
}
