import type { SubscriptionSettings } from "../subscription/subscription-definition.ts"
import { isUnreadable } from "./check-readable.ts"

/** What relays and forwarders have in common: they pass on what they don't know, and save their checkpoint after every batch. */
export function relaySettings(settings: Omit<SubscriptionSettings, "unreadable">): SubscriptionSettings {
  const isPermanent = settings.retry?.isPermanent ?? (() => false)
  return {
    ...settings,
    unreadable: "raw",
    retry: { ...settings.retry, isPermanent: (error) => isUnreadable(error) || isPermanent(error) },
    checkpointEvery: { events: 1, ...settings.checkpointEvery },
  }
}
