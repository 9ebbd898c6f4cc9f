import { type Checkpoint, type SlotRange, slotCount } from "@annals/core"
import type { HeldSlots } from "../../sharing/membership.ts"
import type { Cohort } from "./machine-state.ts"

/** The held slots by their positions, the lowest first. */
export function cohortsOf(held: readonly HeldSlots[], checkpoints: readonly Checkpoint[]): readonly Cohort[] {
  const positions = positionsOf(checkpoints)
  const byPosition = new Map<number, SlotRange[]>()
  for (const { slots } of held) {
    for (const { range, position } of runs(slots, positions)) {
      const there = byPosition.get(position)
      if (there === undefined) byPosition.set(position, [range])
      else there.push(range)
    }
  }
  return [...byPosition]
    .sort(([left], [right]) => left - right)
    .map(([position, slots]) => ({ position, slots: joined(slots) }))
}

/** After the first cohort has moved to `to`; one that it has reached, it joins. */
export function movedTo(cohorts: readonly Cohort[], to: number): readonly Cohort[] {
  const [first, second, ...others] = cohorts
  if (first === undefined) return cohorts
  if (second?.position !== to) return [{ ...first, position: to }, ...cohorts.slice(1)]
  return [{ position: to, slots: joined([...first.slots, ...second.slots]) }, ...others]
}

/** `undefined`: all there are, which needs no filter. */
export function filteredSlots({ slots }: Cohort): readonly SlotRange[] | undefined {
  const [only] = slots
  return slots.length === 1 && only?.first === 0 && only.last === slotCount - 1 ? undefined : slots
}

function positionsOf(checkpoints: readonly Checkpoint[]): Float64Array {
  const positions = new Float64Array(slotCount)
  for (const { slots, position } of checkpoints) positions.fill(position, slots.first, slots.last + 1)
  return positions
}

/** Parts of a range with the same position. */
function* runs(
  { first, last }: SlotRange,
  positions: Float64Array,
): Generator<{ readonly range: SlotRange; readonly position: number }> {
  for (let start = first, end = first; start <= last; start = ++end) {
    const position = positions[start] as number
    while (end < last && positions[end + 1] === position) end++
    yield { range: { first: start, last: end }, position }
  }
}

function joined(ranges: readonly SlotRange[]): readonly SlotRange[] {
  const result: SlotRange[] = []
  for (const range of ranges.toSorted((left, right) => left.first - right.first)) {
    const before = result.at(-1)
    if (before?.last === range.first - 1)
      result[result.length - 1] = { first: before.first, last: range.last }
    else result.push(range)
  }
  return result
}
