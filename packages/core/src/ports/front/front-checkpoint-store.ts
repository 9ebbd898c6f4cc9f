import { slotCount } from "../../streams/slot.ts"
import { checkName } from "../../streams/validate-name.ts"
import type { CheckpointStep, CheckpointStore, SlotRange } from "../checkpoint-store.ts"
import { checkEach, checkObject, checkSlot, checkSome, checkWhole, invalidOption } from "./check-input.ts"
import { checkFence } from "./front-lease-store.ts"
import type { PortGuard } from "./port-guard.ts"

const allSlots: readonly SlotRange[] = [{ first: 0, last: slotCount - 1 }]

/** A backend gets every part of a step; its ranges of slots are sorted and don't touch each other. */
export function frontCheckpointStore(store: CheckpointStore, { read, write }: PortGuard): CheckpointStore {
  return {
    async load(subscription) {
      checkName(subscription, "subscription")
      return read(() => store.load(subscription))
    },
    async advance(subscription, step) {
      checkName(subscription, "subscription")
      const checked = checkStep(step)
      return write(() => store.advance(subscription, checked))
    },
    async reset(subscription, position) {
      checkName(subscription, "subscription")
      checkWhole(position, "position", 0)
      return write(() => store.reset(subscription, position))
    },
    async remove(subscription) {
      checkName(subscription, "subscription")
      return write(() => store.remove(subscription))
    },
    list: () => read(() => store.list()),
  }
}

function checkStep(step: CheckpointStep): Required<CheckpointStep> {
  const { slots = allSlots, from, to, fences = [] } = checkObject(step, "step")
  checkWhole(from, "from", 0)
  checkWhole(to, "to", 0)
  if (to < from)
    throw invalidOption("to", `must not be less than from (${from}): a checkpoint never goes back`)
  return {
    slots: merge(checkSome(slots, "slots", checkRange)),
    from,
    to,
    fences: checkEach(fences, "fences", checkFence),
  }
}

function checkRange(range: SlotRange, path: string): SlotRange {
  const { first, last } = checkObject(range, path)
  checkSlot(first, `${path}.first`)
  checkSlot(last, `${path}.last`)
  if (last < first) throw invalidOption(path, "must not end before it starts")
  return { first, last }
}

/** Sorts ranges, and joins those that overlap or are neighbours. */
function merge(ranges: readonly SlotRange[]): readonly SlotRange[] {
  const merged: SlotRange[] = []
  for (const range of ranges.toSorted((left, right) => left.first - right.first)) {
    const before = merged.at(-1)
    if (before === undefined || range.first > before.last + 1) merged.push(range)
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) }
  }
  return merged
}
