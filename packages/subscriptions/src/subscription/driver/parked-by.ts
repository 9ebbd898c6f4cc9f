import type { NewDeadLetter } from "@annals/core"
import type { MachineInput } from "../machine/machine-input.ts"
import type { MachineSettings } from "../machine/machine-state.ts"
import type { AnsweredAction } from "./perform-action.ts"

/** What became dead letters by this. */
export function parkedBy(
  action: AnsweredAction,
  input: MachineInput,
  { transactional }: MachineSettings,
): readonly NewDeadLetter[] {
  const isSaved = action.type === "save" && input.type === "saved"
  const isCommitted = action.type === "handle" && input.type === "handled" && transactional
  if (!isSaved && !isCommitted) return []
  return action.commit.parked.filter(({ position }) => position <= input.to)
}
