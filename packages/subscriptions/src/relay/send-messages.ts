import type { EventStore, StoredOutboxMessage } from "@annals/core"
import type { HandlerGuard } from "../subscription/driver/handler-guard.ts"
import type { OutboxSettings } from "./outbox-settings.ts"

/** Calls `send` once. Rejects with its error, `HANDLER_TIMEOUT`, or that with which the guard was told to give it up. */
export async function sendMessages(
  messages: readonly StoredOutboxMessage[],
  attempt: number,
  { store, settings, guard }: SendTools,
): Promise<void> {
  const { name, send } = settings
  const { observer } = store
  const { signal } = guard
  const run = async () => send(messages, { relay: name, attempt, signal })
  const operation = () => ({
    name: "relay" as const,
    system: store.name,
    tenant: store.tenant ?? "",
    subject: name,
    eventCount: messages.length,
    causes: messages.map(({ headers = {} }) => headers),
    metadata: {},
  })
  try {
    // Inside: the observer is to see that a call was given up, which may never end.
    const guarded = () => guard.within(run())
    await (observer === undefined ? guarded() : observer.around(operation(), guarded))
  } finally {
    guard.rest()
  }
}

interface SendTools {
  readonly store: Pick<EventStore, "name" | "tenant" | "observer">
  readonly settings: Pick<OutboxSettings, "name" | "send">
  readonly guard: HandlerGuard
}
