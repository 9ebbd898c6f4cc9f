import type { MemoryStoreDriver, MemoryTransaction, TransactionSession } from "@annals/core"
import type { BrokenStore } from "./broken-store.ts"

type Session = TransactionSession<MemoryTransaction>

const groups = [
  "a unit of work",
  "the before hook of an append",
  "a unit of work within the caller's transaction",
]

export const dirtyReads: BrokenStore = {
  fault: "shows everybody what a unit of work hasn't committed yet",
  trap: 10,
  breakDriver(driver) {
    let open: Session | undefined
    const opened = (session: Session): Session => {
      open = session
      return session
    }
    const closing = async <Result>(run: () => Promise<Result>): Promise<Result> => {
      try {
        return await run()
      } finally {
        open = undefined
      }
    }
    const whoReads = () => open ?? driver
    return {
      ...driver,
      append: (batch, before) =>
        driver.append(
          batch,
          before && ((session, outcome) => closing(() => before(opened(session), outcome))),
        ),
      transaction: (work) => closing(() => driver.transaction((session) => work(opened(session)))),
      readStream: (stream, range) => whoReads().readStream(stream, range),
      readAll: (filter, range) => whoReads().readAll(filter, range),
      streamVersion: (stream) => whoReads().streamVersion(stream),
      head: () => whoReads().head(),
    }
  },
  foundBy: "shows nothing to anybody else before it commits",
  alsoFails: [...groups, "reading while others append", "appends at the same time", "wake-ups"],
}

export const keepsAfterRollback: BrokenStore = {
  fault: "keeps the events of a unit of work that failed",
  trap: 10,
  breakDriver: (driver) => ({
    ...driver,
    transaction: (work) => transactionThatAlwaysCommits(driver, work),
  }),
  foundBy: "leaves nothing behind when its work fails, and passes on the very error",
  alsoFails: groups,
}

async function transactionThatAlwaysCommits<Result>(
  driver: MemoryStoreDriver,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { tx, commit } = await driver.beginTransaction()
  try {
    return await work(driver.within(tx))
  } finally {
    await commit()
  }
}

export const keepsAfterCallersRollback: BrokenStore = {
  fault: "commits events on its own, whatever becomes of the caller's transaction",
  trap: 10,
  breakDriver: (driver) => ({
    ...driver,
    async beginTransaction() {
      const { tx, commit } = await driver.beginTransaction()
      return { tx, commit, rollback: commit }
    },
  }),
  foundBy: "leaves nothing behind when the caller rolls back",
  alsoFails: ["a unit of work within the caller's transaction"],
}

export const hookOnRepeats: BrokenStore = {
  fault: "runs the before hook for a repeat as well",
  trap: 4,
  breakDriver: (driver) => ({
    ...driver,
    async append(batch, before) {
      const outcome = await driver.append(batch, before)
      if (before && outcome.status === "repeated")
        await driver.transaction((session) => before(session, outcome))
      return outcome
    },
  }),
  foundBy: "doesn't run for a repeat",
  alsoFails: [],
}

export const hookAfterCommit: BrokenStore = {
  fault: "runs the before hook after the commit",
  trap: 10,
  breakDriver: (driver) => ({
    ...driver,
    async append(batch, before) {
      const outcome = await driver.append(batch)
      if (before && outcome.status === "appended")
        await driver.transaction((session) => before(session, outcome))
      return outcome
    },
  }),
  foundBy: "undoes the append when it throws, and passes on the very error",
  alsoFails: ["the before hook of an append"],
}

export const lendsTheSameTransaction: BrokenStore = {
  fault: "gives every unit of work one and the same transaction, which an earlier one may have kept",
  breakDriver(driver) {
    const given = new WeakSet<MemoryTransaction>()
    let last: MemoryTransaction
    return {
      ...driver,
      transaction: (work) =>
        driver.transaction((session) => {
          last = session.tx
          given.add(last)
          return work(session)
        }),
      within: (tx) => driver.within(given.has(tx) ? last : tx),
    }
  },
  foundBy: "leaves no transaction to write within when it commits, also while another is open",
  alsoFails: ["a unit of work"],
}
