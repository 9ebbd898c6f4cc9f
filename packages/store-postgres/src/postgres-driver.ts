import type {
  AppendBatch,
  AppendOutcome,
  Clock,
  StoreDriver,
  StoreSession,
  TransactionSession,
  WakeUps,
} from "@annals/core"
import type { PoolClient } from "pg"
import { transactionEnded, translateError, unitOfWorkEnded } from "./errors.ts"
import { AppendQueue } from "./events/append-queue.ts"
import type { EventKeys } from "./events/event-keys.ts"
import { ownRepeat, PostgresAppends } from "./events/postgres-appends.ts"
import { SettledLog } from "./events/settled-log.ts"
import { TenantQueues } from "./events/tenant-queues.ts"
import type { PostgresDatabase, RetryPolicy } from "./postgres-database.ts"
import { createPostgresSession } from "./postgres-session.ts"
import { guardClient } from "./transactions/guard-client.ts"

/** What tells that something was appended. */
export interface CommitSignals extends WakeUps {
  start(): void
  committed(): void
  stop(): Promise<void>
}

/** The driver behind `createPostgresStore`. */
export function createPostgresDriver(
  database: PostgresDatabase,
  keys: EventKeys,
  wakeUps: CommitSignals,
  clock: Clock,
): StoreDriver<PoolClient> {
  const shared = { keys, wakeUps, clock, settled: new SettledLog() }
  const queue = queueTo(database, keys)
  const driver = driverOf(database, shared, (batch) => queue.append(batch))
  if (!database.settings.rowLevelSecurity) return driver
  const queues = new TenantQueues((tenant) => queueTo(database.forTenant(tenant), keys))
  return {
    ...driver,
    forTenant: (tenant) =>
      driverOf(database.forTenant(tenant), shared, (batch) => queues.append(tenant, batch)),
  }
}

/** What the handles of all tenants have in common. What is settled is so for everybody, whatever each can see of it. */
interface Shared {
  readonly keys: EventKeys
  readonly wakeUps: CommitSignals
  readonly clock: Clock
  readonly settled: SettledLog
}

function driverOf(
  database: PostgresDatabase,
  { keys, wakeUps, clock, settled }: Shared,
  sendAppend: (batch: AppendBatch) => Promise<AppendOutcome>,
): StoreDriver<PoolClient> {
  const appends = new PostgresAppends(database, keys)

  /** A session in an open transaction; `use` throws where it may not be used any more. */
  const sessionOn = (client: PoolClient, use: () => void, appended: () => void): StoreSession => {
    const runner = database.runnerOf(client, use)
    const access = { runner, keys, settled: new SettledLog(), isSerial: true }
    const append = async (batch: AppendBatch) => {
      use()
      try {
        const mode = { waits: true, lasting: true, checkFreshIds: false }
        const outcome = await appends.appendOn(client, mode, batch, use)
        if (outcome.status === "appended") appended()
        return outcome
      } catch (error) {
        throw translateError(error)
      }
    }
    return createPostgresSession(access, runner, append, clock)
  }

  const runTransaction = async <Result>(
    work: (session: TransactionSession<PoolClient>, client: PoolClient) => Promise<Result>,
    retry: RetryPolicy,
  ): Promise<Result> => {
    let hasAppended = false
    try {
      return await database.transaction(async (client) => {
        let isOpen = true
        const use = () => {
          if (!isOpen) throw unitOfWorkEnded()
        }
        const session = sessionOn(client, use, () => (hasAppended = true))
        try {
          return await work({ ...session, tx: guardClient(client, use) }, client)
        } finally {
          isOpen = false
        }
      }, retry)
    } finally {
      // Also where it was rolled back: what it had announced kept readers from others' events.
      if (hasAppended) wakeUps.committed()
    }
  }

  /** What was lost with its connection is found by its ids when it is tried again. */
  const appendWith = (batch: AppendBatch, before: Parameters<StoreDriver<PoolClient>["append"]>[1] & {}) => {
    let isRerun = false
    return runTransaction(async (session, client) => {
      const mode = { waits: true, lasting: true, checkFreshIds: isRerun }
      isRerun = true
      const outcome = await appends.appendOn(client, mode, batch).catch((error: unknown) => {
        throw translateError(error)
      })
      if (outcome.status === "appended") await before(session, outcome)
      return mode.checkFreshIds ? ownRepeat(batch, outcome) : outcome
    }, "lost")
  }

  const within = (tx: PoolClient): TransactionSession<PoolClient> => {
    const use = () => {
      // Else each append would commit by itself.
      if (tx.getTransactionStatus?.() === "I") throw transactionEnded()
    }
    return { ...sessionOn(tx, use, () => {}), tx }
  }

  const access = { runner: database.reader, keys, settled, isSerial: false }
  const append = async (batch: AppendBatch) => {
    const outcome = await sendAppend(batch)
    if (outcome.status === "appended") wakeUps.committed()
    return outcome
  }
  return {
    ...createPostgresSession(access, database, append, clock),
    name: "postgresql",
    capabilities: { durable: true, multiProcess: true },
    wakeUps,
    append: (batch, before) => (before === undefined ? append(batch) : appendWith(batch, before)),
    transaction: (work) => runTransaction(work, "unbegun"),
    within,
    async open() {
      await database.open()
      wakeUps.start()
    },
    migrate: () => database.migrate(),
    async close() {
      await wakeUps.stop()
      await database.close()
    },
  }
}

function queueTo(database: PostgresDatabase, keys: EventKeys): AppendQueue {
  // Two connections stay for groups and for whatever else there is.
  const maxAlone = Math.max(1, (database.pool.options.max ?? 10) - 2)
  return new AppendQueue(new PostgresAppends(database, keys), maxAlone)
}
