import type { Fence, SlotRange } from "@annals/core"

/** What an instance has of a subscription's slots. */
export interface Holding {
  /** In the order of slots. Empty: it stands by, or doesn't know what it has. */
  readonly held: readonly HeldSlots[]
  /** Resources among those held that others wait for: to be finished with, and given to `Membership.released`. */
  readonly surplus: readonly string[]
}

/** Slots that are held together. */
export interface HeldSlots {
  readonly resource: string
  readonly slots: SlotRange
  /** Goes with every checkpoint of these slots. */
  readonly fence: Fence
}

export const nothingHeld: Holding = { held: [], surplus: [] }

export function countSlots({ held }: Holding): number {
  return held.reduce((sum, { slots: { first, last } }) => sum + last - first + 1, 0)
}

export function isSameHolding(left: Holding, right: Holding): boolean {
  return keyOf(left) === keyOf(right)
}

function keyOf({ held, surplus }: Holding): string {
  return JSON.stringify([held.map(({ resource, fence }) => [resource, fence.number]), surplus])
}
