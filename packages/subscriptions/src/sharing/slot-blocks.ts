import { type SlotRange, slotCount } from "@annals/core"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"

/** How several instances of a subscription stand together: see `SubscriptionSettings.instances`. */
export type InstancesMode = SubscriptionDefinition["instances"]

/** Slots that are leased together, under one name. */
export interface SlotBlock {
  /** The resource in the `LeaseStore`. Names sort as their slots do. */
  readonly resource: string
  readonly slots: SlotRange
}

/** Into how many blocks the slots of a `"shared"` subscription are cut: at most so many instances share it (ADR 0029). */
export const sharedBlockCount = 32

/** What the instances of a subscription lease: all slots in one piece, or blocks of neighbours. In the order of slots. */
export function slotBlocks(instances: InstancesMode): readonly SlotBlock[] {
  const size = instances === "shared" ? slotCount / sharedBlockCount : slotCount
  return Array.from({ length: slotCount / size }, (_, index) => {
    const slots = { first: index * size, last: (index + 1) * size - 1 }
    return { resource: nameOf(slots), slots }
  })
}

function nameOf({ first, last }: SlotRange): string {
  return `slots-${padded(first)}-${padded(last)}`
}

function padded(slot: number): string {
  return String(slot).padStart(4, "0")
}
