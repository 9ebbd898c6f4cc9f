import type { StorePorts } from "@annals/core"
import { deadLetterSource } from "../../dead-letters/dead-letter-source.ts"
import type { Commit } from "../machine/machine-action.ts"
import type { Runtime } from "./runtime.ts"

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
export async function moveCheckpoint<Tx>(
  { checkpoints, deadLetters, leases }: Pick<StorePorts, "checkpoints" | "deadLetters" | "leases">,
  { definition: { name }, instance, leaseTtlMs }: Pick<Runtime<Tx>, "definition" | "instance" | "leaseTtlMs">,
  { slots, from, fences, parked }: Commit,
  to: number,
): Promise<void> {
  const waiting = parked.filter(({ position }) => position <= to)
  const advance = () => checkpoints.advance(name, { slots, from, to, fences })
  const outcome = await asBookkeeping(async () => {
    if (waiting.length > 0) await deadLetters.park(deadLetterSource(name), waiting)
    const first = await advance()
    if (first !== "fenced") return first
    // With one writer at a time no heartbeat got through while this transaction was open. It may have lost its leases by nothing but that.
    await leases.heartbeat(name, instance, leaseTtlMs)
    return advance()
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
