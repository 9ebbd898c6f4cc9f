import { AnnalsError } from "../errors/annals-error.ts"
import { frontPorts } from "../ports/front/front-ports.ts"
import type { SendBatch } from "./append-events.ts"
import { checkBound } from "./check-bound.ts"
import { createEventLog } from "./event-log.ts"
import type { AppendOptions } from "./event-store.ts"
import type { TransactionSession } from "./store-driver.ts"
import type { StoreFront } from "./store-front.ts"
import type { UnitOfWork } from "./unit-of-work.ts"

/** A unit of work, and the way to end it. */
export interface OpenUnitOfWork<Tx> {
  readonly unitOfWork: UnitOfWork<Tx>
  /** After this, every use rejects with `CLOSED`. Throws what a `before` hook threw: its append must not be committed. */
  end(): void
}

/** Puts the front before a driver's transaction. */
export function openUnitOfWork<Tx>(
  front: StoreFront,
  session: TransactionSession<Tx>,
  tenant: string | undefined,
): OpenUnitOfWork<Tx> {
  let ended = false
  let failure: { readonly error: unknown } | undefined

  const use = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    if (ended) throw new AnnalsError("CLOSED", "this unit of work has ended: await all that is done in it")
    return run()
  }

  const runBefore = async (before: () => void | PromiseLike<void>) => {
    try {
      await before()
    } catch (error) {
      failure = { error }
      throw error
    }
  }

  const handleOf = (bound: string | undefined): UnitOfWork<Tx> => {
    const sender =
      (before: AppendOptions<Tx>["before"]): SendBatch =>
      async (batch, recorded) => {
        const outcome = await session.append(batch)
        if (before !== undefined && outcome.status === "appended")
          await runBefore(() => before(unitOfWork, recorded(outcome)))
        return outcome
      }
    const unitOfWork: UnitOfWork<Tx> = {
      events: createEventLog<Tx>(front, { session, tenant: bound, use, write: use, sender }),
      ...frontPorts(session.ports(bound ?? ""), { read: use, write: use }),
      tx: session.tx,
      forTenant: (name) => handleOf(checkBound(bound, name)),
    }
    return unitOfWork
  }

  return {
    unitOfWork: handleOf(tenant),
    end() {
      ended = true
      if (failure !== undefined) throw failure.error
    },
  }
}
