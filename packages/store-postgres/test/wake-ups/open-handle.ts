import { randomUUID } from "node:crypto"
import type { Clock, LogFields } from "@annals/core"
import { Pool } from "pg"
import { quoteIdentifier } from "../../src/sql/identifier.ts"
import { channelName } from "../../src/wake-ups/channel-name.ts"
import { notifyStatement } from "../../src/wake-ups/notify-statement.ts"
import { createListenConnector } from "../../src/wake-ups/open-listen-connection.ts"
import { PostgresWakeUps } from "../../src/wake-ups/postgres-wake-ups.ts"
import { type PostgresWakeUpOptions, wakeUpDefaults } from "../../src/wake-ups/wake-up-options.ts"
import { turns } from "./turns.ts"
import { until } from "./until.ts"

export interface HandleOptions extends PostgresWakeUpOptions {
  readonly url: string
  /** Where the connection that listens goes. Default: as the pool. */
  readonly listenUrl?: string
  readonly schema: string
  readonly clock: Clock
}

/** A program's hold on a log that is only a table of positions, with everything counted that its wake-ups do. */
export interface Handle extends AsyncDisposable {
  readonly wakeUps: PostgresWakeUps
  /** The name of the connection that listens, as the server knows it. */
  readonly listenName: string
  readonly logged: { level: string; message: string; fields?: LogFields | undefined }[]
  readonly counts: {
    looks: number
    sent: number
    connects: number
    connected: number
    heard: number
    checked: number
  }
  append(): Promise<void>
  /** Resolves when the first look and the first check are over, and all that they woke was called. */
  settled(): Promise<void>
  /** Resolves when the pool's connections are at rest, and what came of their answers is done. */
  answered(): Promise<void>
}

export async function createLog(url: string, schema: string): Promise<AsyncDisposable> {
  const name = quoteIdentifier(schema)
  await query(url, `CREATE SCHEMA ${name} CREATE TABLE log (position bigint GENERATED ALWAYS AS IDENTITY)`)
  return { [Symbol.asyncDispose]: () => query(url, `DROP SCHEMA ${name} CASCADE`) }
}

async function query(url: string, sql: string): Promise<void> {
  const pool = new Pool({ connectionString: url })
  await pool.query(sql)
  await pool.end()
}

export function openHandle({ url, listenUrl = url, schema, clock, ...options }: HandleOptions): Handle {
  const pool = new Pool({ connectionString: url, max: 3, allowExitOnIdle: true })
  pool.on("error", () => {}) // an idle connection was lost
  const channel = channelName(schema)
  const table = `${quoteIdentifier(schema)}.log`
  const listenName = `wake-${randomUUID()}`
  const counts = { looks: 0, sent: 0, connects: 0, connected: 0, heard: 0, checked: 0 }
  const logged: Handle["logged"] = []
  const log = (level: string) => (message: string, fields?: LogFields) =>
    logged.push({ level, message, fields })
  const handleId = randomUUID()
  const connect = createListenConnector(
    { connectionString: listenUrl, application_name: listenName },
    channel,
  )

  const wakeUps = new PostgresWakeUps({
    head: async () => {
      counts.looks++
      const { rows } = await pool.query(`SELECT coalesce(max(position), 0)::int AS head FROM ${table}`)
      return rows[0].head
    },
    notify: async (payload) => {
      if (payload === handleId) counts.sent++
      await pool.query(notifyStatement.text, [channel, payload])
    },
    connect: async ({ notified, lost }, signal) => {
      counts.connects++
      const hear = (payload: string) => {
        notified(payload)
        if (payload.startsWith(`${handleId}?`)) counts.checked++
        else counts.heard++
      }
      const connection = await connect({ notified: hear, lost }, signal)
      counts.connected++
      return connection
    },
    settings: { ...wakeUpDefaults, ...options },
    handleId,
    clock,
    random: () => 0,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
  })
  wakeUps.start()

  async function answered(): Promise<void> {
    await until(() => pool.waitingCount === 0 && pool.idleCount === pool.totalCount)
    await turns()
  }

  return {
    wakeUps,
    listenName,
    logged,
    counts,
    async append() {
      await pool.query(`INSERT INTO ${table} DEFAULT VALUES`)
      wakeUps.committed()
    },
    async settled() {
      await until(() => counts.looks > 0 && counts.checked > 0)
      await answered()
    },
    answered,
    async [Symbol.asyncDispose]() {
      await wakeUps.stop()
      await pool.end()
    },
  }
}
