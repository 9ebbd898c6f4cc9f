import type { Commit, SaveAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import type { FailedEvents } from "./failed-events.ts"
import { Bookkeeping, moveCheckpoint, refusalOf } from "./move-checkpoint.ts"
import { observed } from "./observed.ts"
import type { Runtime } from "./runtime.ts"

/** Saves how far the subscription got, together with what it parks. Never rejects. */
export async function saveProgress<Tx>(action: SaveAction, tools: SaveTools<Tx>): Promise<MachineInput> {
  const { runtime } = tools
  try {
    try {
      await save(action, action.commit, tools)
    } catch (error) {
      const from = refusalOf(error) === "conflict" ? await savedBefore(action, runtime) : undefined
      if (from === undefined) throw error
      if (from < action.to) await save(action, { ...action.commit, from }, tools)
    }
    return { type: "saved", to: action.to }
  } catch (error) {
    const why = refusalOf(error)
    if (why !== undefined) return { type: "refused", why }
    return { type: "work-failed", error: error instanceof Bookkeeping ? error.cause : error }
  }
}

interface SaveTools<Tx> {
  readonly runtime: Runtime<Tx>
  readonly failed: FailedEvents
}

function save<Tx>({ to }: SaveAction, commit: Commit, { runtime, failed }: SaveTools<Tx>): Promise<void> {
  const { store } = runtime
  const { parked } = commit
  if (parked.length === 0) return moveCheckpoint(store, runtime, commit, to)
  const eventTypes = [...new Set(parked.map(({ type }) => type))]
  const details = { eventCount: parked.length, eventTypes, causes: failed.causesOf(parked) }
  return observed(runtime, "park", details, () =>
    store.transaction((unitOfWork) => moveCheckpoint(unitOfWork, runtime, commit, to)),
  )
}

/** Where an earlier save of this instance got to whose answer was lost: what it saved must not be handled again. */
async function savedBefore<Tx>(
  { commit, unsure }: SaveAction,
  { store, definition }: Runtime<Tx>,
): Promise<number | undefined> {
  if (unsure.length === 0) return undefined
  const checkpoints = await store.checkpoints.load(definition.name)
  return unsure.find((position) =>
    commit.slots.every((range) =>
      checkpoints.some(
        (saved) =>
          saved.position === position && saved.slots.first <= range.first && range.last <= saved.slots.last,
      ),
    ),
  )
}
