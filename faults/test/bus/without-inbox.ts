import type { subscribeWithInbox } from "@annals/core"

/** Commits the effect of an event, and forgets that it did. */
export const withoutInbox = ((bus, { store, handler, source: _, ...options }) =>
  bus.subscribe({
    ...options,
    handler: (event, context) =>
      store.transaction((unitOfWork) => handler(event, { ...context, unitOfWork })) as Promise<void>,
  })) as typeof subscribeWithInbox
