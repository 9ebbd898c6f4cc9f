import { AnnalsError } from "../errors/annals-error.ts"
import type { MemoryData, StoreView } from "./memory-data.ts"
import type { CallersMemoryTransaction, MemoryTransaction } from "./memory-transaction.ts"
import { WriterQueue } from "./writer-queue.ts"

/** How a session gets at the data. Work is synchronous, so that nothing can come in between. */
export interface DataAccess {
  read<Result>(work: (view: StoreView) => Result): Promise<Result>
  /** Waits for its turn, and commits by itself, where no transaction is open around it. */
  write<Result>(work: (view: StoreView) => Result): Promise<Result>
}

/**
 * One transaction at a time. Writers outside of it wait for their turn, so that expected versions and conditions hold and
 * positions are committed in order; readers outside of it go on, and don't see what it wrote.
 */
export class MemoryTransactions {
  readonly #data: MemoryData
  readonly #onNewEvents: () => void
  readonly #turns = new WriterQueue()
  #open: MemoryTransaction | undefined

  constructor(data: MemoryData, onNewEvents: () => void) {
    this.#data = data
    this.#onNewEvents = onNewEvents
  }

  async begin(): Promise<CallersMemoryTransaction> {
    await this.#turns.enter()
    const tx = {} as MemoryTransaction
    this.#open = tx
    return {
      tx,
      commit: async () => {
        this.#check(tx)
        this.#end(() => this.#commit())
      },
      rollback: async () => {
        if (this.#open === tx) this.#end(() => this.#data.rollback())
      },
    }
  }

  /** Inside of a transaction, for as long as it is open. */
  inside(tx: MemoryTransaction): DataAccess {
    const use: DataAccess["read"] = async (work) => {
      this.#check(tx)
      return work(this.#data.staged)
    }
    return { read: use, write: use }
  }

  /** Outside of any transaction. A write needs its turn only where somebody else has one: nothing comes in between. */
  readonly outside: DataAccess = {
    read: async (work) => work(this.#data.committed),
    write: async (work) => {
      if (!this.#turns.taken) return this.#writeAndCommit(work)
      await this.#turns.enter()
      try {
        return this.#writeAndCommit(work)
      } finally {
        this.#turns.leave()
      }
    },
  }

  #writeAndCommit<Result>(work: (view: StoreView) => Result): Result {
    try {
      const result = work(this.#data.staged)
      this.#commit()
      return result
    } catch (error) {
      this.#data.rollback()
      throw error
    }
  }

  #commit(): void {
    if (this.#data.commit()) this.#onNewEvents()
  }

  #end(how: () => void): void {
    this.#open = undefined
    how()
    this.#turns.leave()
  }

  #check(tx: MemoryTransaction): void {
    if (this.#open === tx) return
    throw new AnnalsError("CLOSED", "this transaction has ended, or belongs to another store")
  }
}
