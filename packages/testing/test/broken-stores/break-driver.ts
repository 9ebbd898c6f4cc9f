import type {
  AppendBatch,
  AppendOutcome,
  MemoryStoreDriver,
  MemoryTransaction,
  StoreSession,
  TransactionSession,
} from "@annals/core"

type Append = (batch: AppendBatch) => Promise<AppendOutcome>
type Inside = TransactionSession<MemoryTransaction>

/** Puts a fault around every append: outside of transactions, with a hook, and inside. */
export function breakAppend(
  driver: MemoryStoreDriver,
  fault: (batch: AppendBatch, append: Append, session: StoreSession) => Promise<AppendOutcome>,
): MemoryStoreDriver {
  const inside = (session: Inside): Inside => ({
    ...session,
    append: (batch) => fault(batch, (changed) => session.append(changed), session),
  })
  return {
    ...changeSessions(driver, inside),
    append: (batch, before) => {
      const hook = before && ((session: Inside, ...rest: [never]) => before(inside(session), ...rest))
      return fault(batch, (changed) => driver.append(changed, hook as typeof before), driver)
    },
  }
}

/** Changes what sessions read, outside of transactions and inside. */
export function breakReads(
  driver: MemoryStoreDriver,
  change: (session: StoreSession) => Partial<Omit<StoreSession, "append">>,
): MemoryStoreDriver {
  const broken = changeSessions(driver, (session) => ({ ...session, ...change(session) }))
  return { ...broken, ...change(driver) }
}

function changeSessions(driver: MemoryStoreDriver, inside: (session: Inside) => Inside): MemoryStoreDriver {
  return {
    ...driver,
    append: (batch, before) =>
      driver.append(batch, before && ((session, outcome) => before(inside(session), outcome))),
    transaction: (work) => driver.transaction((session) => work(inside(session))),
    within: (tx) => inside(driver.within(tx)),
  }
}
