import type { Attempt } from "./attempt.ts"
import type { GroupMembership } from "./bus-driver.ts"
import type { EventTask } from "./bus-task.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { type Deliver, type DeliveryControl, persist, throwIfEnding } from "./delivery.ts"
import type { ObserveBus } from "./observe-bus.ts"

/** What an unordered delivery settles a task with. */
export interface UnorderedSettling extends Pick<GroupMembership, "retryLater" | "addDeadLetter"> {
  /** The event was handled. */
  acknowledge(task: EventTask): void
}

/** Order `"none"`: one attempt at a time; a failed event goes back to the broker, for later or for good, and blocks nothing. */
export function createUnorderedDelivery(
  { retry }: ConsumerSettings,
  attempt: Attempt,
  control: DeliveryControl,
  settling: UnorderedSettling,
  observe: ObserveBus,
): Deliver {
  const { progress } = control
  return async (task) => {
    if (task.kind === "replay") return
    const { hold, delivery } = task
    await control.ready(hold)
    const result = await attempt(task, task.attempts + 1)
    if (result.status !== "failed") {
      if (result.status === "handled") progress.count("handled")
      return settling.acknowledge(task)
    }
    throwIfEnding(hold)
    progress.count("failed")
    progress.lastError = result.error
    const attempts = task.attempts + 1
    if (result.isFinal || attempts >= retry.attempts) {
      const park = () => persist(control, hold, () => settling.addDeadLetter(delivery, result.failure))
      await (observe === undefined ? park() : observe.parking(task.event, task.sent, park))
      progress.count("parked")
    } else {
      const delayMs = control.delayAfter(attempts)
      await persist(control, hold, () => settling.retryLater(delivery, attempts, delayMs))
      progress.count("retried")
    }
  }
}
