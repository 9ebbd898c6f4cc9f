import type { Attempt } from "./attempt.ts"
import type { TaskSource } from "./bus-task.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import type { Deliver, DeliveryControl } from "./delivery.ts"

/** Order `"none"`: one attempt at a time; a failed event goes back to the broker, for later or for good, and blocks nothing. */
export function createUnorderedDelivery(
  { retry }: ConsumerSettings,
  attempt: Attempt,
  control: DeliveryControl,
  source: Pick<TaskSource, "retryLater" | "addDeadLetter">,
  delayAfter: (attempts: number) => number,
): Deliver {
  const { progress } = control
  return async (task) => {
    if (task.kind === "replay") return
    await control.ready()
    const result = await attempt(task.event, task.attempts + 1)
    if (result.status === "handled") progress.handled++
    if (result.status !== "failed") return
    control.throwIfStopping()
    progress.failed++
    progress.lastError = result.error
    task.attempts++
    if (result.isFinal || task.attempts >= retry.attempts) {
      await source.addDeadLetter(task, result.failure)
      progress.parked++
    } else {
      await source.retryLater(task, delayAfter(task.attempts))
      progress.retried++
    }
  }
}
