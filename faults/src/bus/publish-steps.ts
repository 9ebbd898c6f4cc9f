import { type EventBus, isAnnalsError, systemClock } from "@annals/core"
import { recordedEvent } from "./recorded-event.ts"
import type { PublishStep } from "./round-plan.ts"

/** Between two tries. Nothing depends on it but how busy the machine is while a broker is down. */
const retryPauseMs = 50

/** Publishes step after step, each again and again until it is acknowledged, as a relay would. */
export async function publishSteps(
  bus: Pick<EventBus, "publish">,
  steps: readonly PublishStep[],
  acknowledged: (step: string) => void | Promise<void>,
): Promise<void> {
  for (const { name, events } of steps) {
    const recorded = events.map(recordedEvent)
    await untilAvailable(() => bus.publish(recorded))
    await acknowledged(name)
  }
}

/** Does it again as long as the broker can't be reached. */
export async function untilAvailable<Result>(work: () => Promise<Result>): Promise<Result> {
  while (true) {
    try {
      return await work()
    } catch (error) {
      if (!isAnnalsError(error, "BUS_UNAVAILABLE")) throw error
      await systemClock.sleep(retryPauseMs)
    }
  }
}
