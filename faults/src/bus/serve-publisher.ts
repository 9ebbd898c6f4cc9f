import type { EventBus } from "@annals/core"
import { type Parent, serveParent } from "../harness/parent.ts"
import type { PublisherJob, PublisherMessage, PublishOrder } from "./messages.ts"
import { type BusLocation, openBus } from "./open-bus.ts"
import { publishSteps } from "./publish-steps.ts"

/** The process of a publisher: publishes what it is told to until its parent lets go. */
export function servePublisher(open: (location: BusLocation) => Promise<EventBus> = openBus): void {
  let bus: EventBus | undefined
  let parent: Parent | undefined
  const say = (message: PublisherMessage) => parent?.say(message)
  const publish = async ({ lanes }: PublishOrder) => {
    const target = bus
    if (target === undefined) throw new Error("told to publish before it has a bus")
    await Promise.all(
      lanes.map((steps) => publishSteps(target, steps, (step) => say({ type: "acknowledged", step }))),
    )
  }
  serveParent<PublisherJob>(
    async ({ location }, given) => {
      parent = given
      bus = await open(location)
      await say({ type: "opened" })
    },
    (order) => {
      publish(order as PublishOrder).catch((error: Error) =>
        say({ type: "failed", message: error.stack ?? error.message }),
      )
    },
    async () => bus?.close(),
  )
}
