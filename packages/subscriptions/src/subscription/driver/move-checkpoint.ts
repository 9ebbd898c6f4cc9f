import type { StorePorts } from "@annals/core"
import type { Commit } from "../machine/machine-action.ts"
import { deadLetterSource } from "./runtime.ts"

/** Thrown out of a unit of work, so that nothing of it is committed. */
export class CheckpointRefused extends Error {
  readonly why: "conflict" | "fenced"
  constructor(why: "conflict" | "fenced") {
    super(`checkpoint refused: ${why}`)
    this.why = why
  }
}

/** What failed was the checkpoint, not the handler. */
export class Bookkeeping extends Error {
  constructor(cause: unknown) {
    super("bookkeeping failed", { cause })
  }
}

/** Parks what waits, and moves the checkpoint. Rejects with `CheckpointRefused` or `Bookkeeping`. */
export async function moveCheckpoint(
  { checkpoints, deadLetters }: Pick<StorePorts, "checkpoints" | "deadLetters">,
  subscription: string,
  { slots, from, fences, parked }: Commit,
  to: number,
): Promise<void> {
  const waiting = parked.filter(({ position }) => position <= to)
  const outcome = await asBookkeeping(async () => {
    if (waiting.length > 0) await deadLetters.park(deadLetterSource(subscription), waiting)
    return checkpoints.advance(subscription, { slots, from, to, fences })
  })
  if (outcome !== "advanced") throw new CheckpointRefused(outcome)
}

/** Why a checkpoint was refused, if that is what happened. */
export function refusalOf(error: unknown): CheckpointRefused["why"] | undefined {
  return error instanceof CheckpointRefused ? error.why : undefined
}

export async function asBookkeeping<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw new Bookkeeping(error)
  }
}
