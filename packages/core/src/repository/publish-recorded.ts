import type { RecordedEvent } from "../events/event.ts"
import type { RepositoryCore } from "./repository-core.ts"

/** Best effort: the events are recorded, whatever becomes of their publication. */
export async function publishRecorded(
  { log, settings }: Pick<RepositoryCore, "log" | "settings">,
  events: readonly RecordedEvent[],
): Promise<void> {
  try {
    await settings.bus?.publish(events)
  } catch (error) {
    log.logger?.warn("events were recorded, but not published", { count: events.length, error })
  }
}
