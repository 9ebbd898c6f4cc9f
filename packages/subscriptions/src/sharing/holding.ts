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

export function countSlots({ held }: Pick<Holding, "held">): number {
  return held.reduce((sum, { slots: { first, last } }) => sum + last - first + 1, 0)
}

/** What is held in the one and not in the other; held anew after a loss is something else. */
export function without({ held }: Holding, other: Holding): Pick<Holding, "held"> {
  const others = new Set(other.held.map(tenureOf))
  return { held: held.filter((each) => !others.has(tenureOf(each))) }
}

export function isSameHolding(left: Holding, right: Holding): boolean {
  return keyOf(left) === keyOf(right)
}

function keyOf({ held, surplus }: Holding): string {
  return JSON.stringify([held.map(tenureOf), surplus])
}

function tenureOf({ resource, fence }: HeldSlots): string {
  return `${fence.number} ${resource}`
}
