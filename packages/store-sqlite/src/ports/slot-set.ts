import { type SlotRange, slotCount } from "@annals/core"

/** A set of slots: a bit for each. */
export type SlotSet = Uint8Array

export function emptySlots(): SlotSet {
  return new Uint8Array(slotCount / 8)
}

export function slotsOf(ranges: readonly SlotRange[]): SlotSet {
  const slots = emptySlots()
  for (const { first, last } of ranges) {
    for (let slot = first; slot <= last; slot++)
      slots[slot >> 3] = byteAt(slots, slot >> 3) | (1 << (slot & 7))
  }
  return slots
}

export function hasSlot(slots: SlotSet, slot: number): boolean {
  return (byteAt(slots, slot >> 3) & (1 << (slot & 7))) !== 0
}

export function hasAll(slots: SlotSet, wanted: SlotSet): boolean {
  return wanted.every((byte, index) => (byteAt(slots, index) & byte) === byte)
}

export function isEmpty(slots: SlotSet): boolean {
  return slots.every((byte) => byte === 0)
}

export function union(left: SlotSet, right: SlotSet): SlotSet {
  return left.map((byte, index) => byte | byteAt(right, index))
}

export function without(slots: SlotSet, removed: SlotSet): SlotSet {
  return slots.map((byte, index) => byte & ~byteAt(removed, index))
}

function byteAt(slots: SlotSet, index: number): number {
  return slots[index] as number
}
