import type { Progress } from "../harness/progress.ts"
import { stopUntil } from "../harness/stop-until.ts"
import type { ConsumerProcess } from "./consumer-process.ts"
import { type ConsumerFault, momentOf } from "./round-plan.ts"

/** What surrounds a fault. */
export interface StrikeScene {
  readonly progress: Progress
  /** Whether everything of this wave is published, and handled or put aside. */
  allHandled(): boolean
}

/** Strikes a consumer as soon as it takes part. Resolves when the fault is over, and rejects when the round is. */
export async function strike(
  { kind, group }: Pick<ConsumerFault, "kind" | "group">,
  consumer: ConsumerProcess,
  scene: StrikeScene,
): Promise<void> {
  await consumer.whenJoined()
  const moment = momentOf(kind)
  const stops = kind === "stop-before-effect" || kind === "stop-after-effect"
  if (moment !== undefined) {
    await consumer.pauseAt(group, moment, stops)
    // Where nothing comes that it could wait in, it is struck while it waits for that.
    await scene.progress.until(() => consumer.paused !== undefined || scene.allHandled())
  }
  switch (kind) {
    case "kill-after-events":
    case "kill-before-effect":
    case "kill-in-effect":
    case "kill-after-effect":
      return consumer.kill()
    case "stop-before-effect":
    case "stop-after-effect":
      return stop(consumer, scene)
    case "leave":
      await consumer.leave()
      await scene.progress.until(scene.allHandled)
      return consumer.join()
    default:
      return kind satisfies never
  }
}

/** Until others have handled everything, what it held among that: they can only when its time is over. */
async function stop(consumer: ConsumerProcess, { progress, allHandled }: StrikeScene): Promise<void> {
  const child = await consumer.whenJoined()
  consumer.frozen = true
  if (await stopUntil(child as never, progress, allHandled)) consumer.resume()
  consumer.frozen = false
}
