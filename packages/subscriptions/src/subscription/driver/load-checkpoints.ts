import type { LoadAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import type { ParkedStreams } from "./parked-streams.ts"
import type { Runtime } from "./runtime.ts"

/** Learns how far the subscription is. Never rejects. */
export async function loadCheckpoints<Tx>(
  { held }: LoadAction,
  { runtime, parkedStreams }: { readonly runtime: Runtime<Tx>; readonly parkedStreams: ParkedStreams<Tx> },
): Promise<MachineInput> {
  const { store, definition } = runtime
  try {
    const fences = held.map(({ fence }) => fence)
    if (!(await settleStart(runtime, fences))) return { type: "refused", why: "fenced" }
    const checkpoints = await store.checkpoints.load(definition.name)
    return { type: "loaded", checkpoints, parked: await parkedStreams.load(held) }
  } catch (error) {
    return { type: "work-failed", error }
  }
}

/**
 * At its very first start a subscription is set to where it begins, for all instances and all later starts: an end that were
 * looked up again at the next start would be another one. That the checkpoint must be at 0, and exist nowhere yet, lets one instance win.
 */
async function settleStart<Tx>(
  { store, definition: { name, from } }: Runtime<Tx>,
  fences: LoadAction["held"][number]["fence"][],
): Promise<boolean> {
  if (from === "beginning" || (await store.checkpoints.list()).includes(name)) return true
  const to = from === "end" ? await store.head() : from
  return (await store.checkpoints.advance(name, { from: 0, to, fences })) !== "fenced"
}
