import { FaultRunError } from "../harness/fault-run-error.ts"
import type { Progress } from "../harness/progress.ts"
import { stopUntil } from "../harness/stop-until.ts"
import { terminateBackend, untilCommitHangs } from "../postgres/backends.ts"
import type { InstanceProcess } from "./instance-process.ts"
import { type InstanceFault, momentOf } from "./round-plan.ts"
import type { Watch } from "./watch.ts"

/** What surrounds a fault. */
export interface StrikeScene {
  readonly url: string
  readonly progress: Progress
  readonly watch: Watch
  /** What the server calls an instance's connections. */
  connectionName(instance: InstanceProcess): string
  /** Whether everything of this wave is appended and handled, or parked. */
  allHandled(): boolean
  /** The same but for what an instance keeps from the others that is stopped. */
  othersHandledAll(): boolean
}

/** Resolves when the instance takes part, and will wait for its fault if that strikes in a transaction. */
export async function arm({ kind, subscription }: InstanceFault, instance: InstanceProcess): Promise<void> {
  await instance.whenJoined()
  const moment = momentOf(kind)
  if (moment !== undefined) await instance.pauseAt(subscription, moment)
}

/** Strikes an instance that is armed. Resolves when the fault is over, and rejects when the round is. */
export async function strike(
  fault: InstanceFault,
  instance: InstanceProcess,
  scene: StrikeScene,
): Promise<void> {
  // Where nothing comes that it could wait in, it is struck while it waits for that.
  if (momentOf(fault.kind) !== undefined)
    await scene.progress.until(() => instance.paused !== undefined || scene.allHandled())
  switch (fault.kind) {
    case "kill-after-events":
    case "kill-in-transaction":
      return instance.kill()
    case "kill-at-commit":
      return killAtCommit(instance, scene)
    case "stop-after-events":
    case "stop-before-writes":
    case "stop-in-transaction":
      return stopPastLease(instance, scene)
    case "leave":
      await instance.leave()
      await scene.progress.until(scene.allHandled)
      return instance.join()
    default:
      return fault.kind satisfies never
  }
}

/** The transaction is done, whoever killed whom, and what it holds is let go of. */
async function killAtCommit(instance: InstanceProcess, { url }: StrikeScene): Promise<void> {
  const connection = instance.paused?.connection
  if (connection === undefined) return instance.kill()
  try {
    await untilCommitHangs(url, connection)
  } catch (error) {
    // It lost its lease meanwhile, and had nothing to commit.
    if (!(error instanceof FaultRunError)) throw error
  }
  instance.kill()
  await terminateBackend(url, connection)
}

/** Until its leases are over, and the others have handled everything, or would if it let go of what it has locked. */
async function stopPastLease(instance: InstanceProcess, scene: StrikeScene): Promise<void> {
  const { progress, watch } = scene
  const child = await instance.whenJoined()
  const name = instance.instance
  const held = scene.connectionName(instance)
  const othersAreDone = () =>
    scene.allHandled() || watch.blocks(held) || (watch.keepsSlots && scene.othersHandledAll())
  const isOver = () => !watch.isAlive(name) && othersAreDone()
  watch.frozen = name
  if (await stopUntil(child as never, progress, isOver)) instance.resume()
  watch.frozen = undefined
}
