import type { HeldSlots } from "../../sharing/membership.ts"
import type { MachineState } from "./machine-state.ts"

/** Notes what the leases say now; it is taken over between two pieces of work. */
export function applyHolding(
  state: MachineState,
  { held, surplus }: { readonly held: readonly HeldSlots[]; readonly surplus: readonly string[] },
): MachineState {
  const isNews = !isSame(held, state.held)
  return { ...state, offered: isNews ? held : undefined, surplus }
}

function isSame(left: readonly HeldSlots[], right: readonly HeldSlots[]): boolean {
  if (left.length !== right.length) return false
  const numbers = new Map(right.map(({ resource, fence }) => [resource, fence.number]))
  return left.every(({ resource, fence }) => numbers.get(resource) === fence.number)
}
