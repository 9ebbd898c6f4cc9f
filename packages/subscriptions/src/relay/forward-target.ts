import { AnnalsError, type EventStore } from "@annals/core"

/** What a forwarder uses of the store that it appends to. */
export type ForwardTarget = Pick<
  EventStore,
  "appendToStreams" | "findEvent" | "forTenant" | "tenant" | "wakeUps"
>

/** The handle that writes a tenant's events. Throws `INVALID_OPTION` where the target is bound to another tenant. */
export function handleFor(target: ForwardTarget, tenant: string): ForwardTarget {
  return tenant === (target.tenant ?? "") ? target : target.forTenant(tenant)
}

/** Throws `INVALID_OPTION` where the target is a handle of the store that is read. */
export function checkOtherStore(source: Pick<EventStore, "wakeUps">, target: ForwardTarget): void {
  // Handles of one store are objects of their own; its wake-ups are what they share.
  if (source.wakeUps !== target.wakeUps) return
  throw new AnnalsError("INVALID_OPTION", "to must be another store than the one that is read", {
    path: "to",
  })
}
