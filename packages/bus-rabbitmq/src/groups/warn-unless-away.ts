import type { GroupTools } from "./group-tools.ts"

/** A queue was removed, or its channel closed by the broker. Where it's the connection that is lost, that is told elsewhere, once for all. */
export function warnUnlessAway(
  { consuming, settings }: Pick<GroupTools, "consuming" | "settings">,
  queue: string,
  error: unknown,
): void {
  // With a connection its channels are closed first.
  queueMicrotask(() => {
    if (consuming.isUp)
      settings.logger?.warn("a queue is not consumed any more, until it is again", { queue, error })
  })
}
