import { AnnalsError } from "../errors/annals-error.ts"
import type { Clock } from "../ports/clock.ts"
import type { Appended, StoreDriver, TransactionSession } from "../store/store-driver.ts"
import { MemoryData } from "./memory-data.ts"
import { createMemorySession } from "./memory-session.ts"
import type { CallersMemoryTransaction, MemoryTransaction } from "./memory-transaction.ts"
import { MemoryTransactions } from "./memory-transactions.ts"
import { MemoryWakeUps } from "./memory-wake-ups.ts"

/** The driver of the memory store, which can also hand out transactions for the caller to end. */
export interface MemoryStoreDriver extends StoreDriver<MemoryTransaction> {
  beginTransaction(): Promise<CallersMemoryTransaction>
}

/**
 * The driver that keeps everything in memory, and shows how to write one. Validation, stamping, serialising, observing and
 * closing have happened in front of it; what it brings is storage, in transactions:
 *
 * - `MemoryData` holds it, and tells apart what everybody sees from what the open transaction has written;
 * - `MemoryTransactions` lets one writer in at a time;
 * - `createMemorySession` reads and writes, in the same way inside of a transaction and outside.
 */
export function createMemoryStoreDriver(clock: Clock): MemoryStoreDriver {
  const data = new MemoryData()
  const wakeUps = new MemoryWakeUps()
  const transactions = new MemoryTransactions(data, () => wakeUps.wake())
  const portsOptions = { clock, nextSequence: data.nextSequence }
  const outside = createMemorySession(transactions.outside, portsOptions)
  let closed = false

  const within = (tx: MemoryTransaction): TransactionSession<MemoryTransaction> => ({
    ...createMemorySession(transactions.inside(tx), portsOptions),
    tx,
  })

  const transaction = async <Result>(
    work: (session: TransactionSession<MemoryTransaction>) => Promise<Result>,
  ): Promise<Result> => {
    const { tx, commit, rollback } = await transactions.begin()
    try {
      const result = await work(within(tx))
      await commit()
      return result
    } catch (error) {
      await rollback()
      throw error
    }
  }

  const appendWith = (
    before: (session: TransactionSession<MemoryTransaction>, outcome: Appended) => Promise<void>,
    append: Parameters<typeof outside.append>[0],
  ) =>
    transaction(async (session) => {
      const outcome = await session.append(append)
      if (outcome.status === "appended") await before(session, outcome)
      return outcome
    })

  return {
    ...outside,
    name: "memory",
    capabilities: { durable: false, multiProcess: false },
    wakeUps,
    append: (batch, before) => (before === undefined ? outside.append(batch) : appendWith(before, batch)),
    transaction,
    within,
    async beginTransaction() {
      if (closed) throw new AnnalsError("CLOSED", "the store is closed")
      return transactions.begin()
    },
    async open() {},
    async migrate() {},
    async close() {
      closed = true
    },
  }
}
