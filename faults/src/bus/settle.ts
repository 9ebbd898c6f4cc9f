import { type GroupName, groupNames } from "./groups.ts"
import type { Watch } from "./watch.ts"

/** What is replayed more often than that can't be helped. */
const mostReplays = 5

/** What a round is at its end. */
export interface SettleScene {
  readonly watch: Pick<Watch, "aside" | "replay" | "isInEffect">
  /** Resolves when everything is handled or put aside, and nothing waits any more. */
  untilNothingWaits(): Promise<void>
  /** From now on everything can be handled. */
  repair(): Promise<void>
}

/** An event that was put aside. */
interface DeadEvent {
  readonly eventId: string
  /** What was said about the reason, for people. */
  readonly message: string
  /** Whether it had taken effect in its group before. */
  readonly inEffect: boolean
}

/** What was put aside when everything else was handled. */
export type PutAside = ReadonlyMap<GroupName, readonly DeadEvent[]>

/** Until everything is handled that can be. */
export async function settle({ watch, untilNothingWaits, repair }: SettleScene): Promise<PutAside> {
  await untilNothingWaits()
  const putAside = new Map(
    groupNames.map((group) => [
      group,
      watch.aside(group).map(({ event, message }) => ({
        eventId: event.id,
        message,
        inEffect: watch.isInEffect(group, event.id),
      })),
    ]),
  )
  await repair()
  // What failed once more, while it was being repaired, is replayed once more.
  const isAside = () => groupNames.some((group) => watch.aside(group).length > 0)
  for (let replays = 0; isAside() && replays < mostReplays; replays++) {
    await watch.replay()
    await untilNothingWaits()
  }
  return putAside
}
