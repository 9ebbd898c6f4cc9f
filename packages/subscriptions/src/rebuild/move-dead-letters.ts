import type { DeadLetter, UnitOfWork } from "@annals/core"
import { deadLetterSource } from "../dead-letters/dead-letter-source.ts"

const pageSize = 500

/** Removes everything that is parked for a subscription: another copy took the place of the one that lacks it. */
export async function forgetDeadLetters<Tx>(unitOfWork: UnitOfWork<Tx>, subscription: string): Promise<void> {
  const source = deadLetterSource(subscription)
  for (;;) {
    const entries = await nextOf(unitOfWork, source)
    if (entries.length === 0) return
    await remove(unitOfWork, source, entries)
  }
}

/** Parks for one subscription what is parked for another, in its order. */
export async function moveDeadLetters<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  from: string,
  to: string,
): Promise<void> {
  const source = deadLetterSource(from)
  for (;;) {
    const entries = await nextOf(unitOfWork, source)
    if (entries.length === 0) return
    await unitOfWork.deadLetters.park(deadLetterSource(to), entries)
    await remove(unitOfWork, source, entries)
  }
}

async function nextOf<Tx>({ deadLetters }: UnitOfWork<Tx>, source: string): Promise<readonly DeadLetter[]> {
  return deadLetters.list({ source, limit: pageSize })
}

async function remove<Tx>(
  { deadLetters }: UnitOfWork<Tx>,
  source: string,
  entries: readonly DeadLetter[],
): Promise<void> {
  await deadLetters.remove(
    source,
    entries.map(({ eventId }) => eventId),
  )
}
