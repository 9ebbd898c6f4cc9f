import type { EventStore } from "@annals/core"

/** For the attributes of measurements: subscriptions of several tenants in one process may have the same name. */
export function measuredTenant({ tenant }: Pick<EventStore, "tenant">): { readonly tenant?: string } {
  return tenant === undefined ? {} : { tenant }
}
