import pg, { type Pool, type PoolClient } from "pg"
import type { PostgresSettings } from "./options.ts"
import { PreparedStatements } from "./sql/prepared-statements.ts"

/** What all handles of a store share: a pool, and what is known of its connections. */
export class Connections {
  readonly pool: Pool
  readonly statements: PreparedStatements
  readonly #isOwnPool: boolean
  #isClosed = false
  #kept: PoolClient | undefined

  constructor(settings: PostgresSettings) {
    this.#isOwnPool = settings.pool === undefined
    this.pool = settings.pool ?? openPool(settings)
    this.statements = new PreparedStatements(settings)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * A connection that is lost while nobody waits for its answer tells so by an event, which ends the process where nobody listens. The
   * pool stops listening when it hands one over: by a callback, because a promise would leave a moment in between.
   */
  async take(): Promise<PoolClient> {
    const kept = this.#kept
    this.#kept = undefined
    if (kept !== undefined) return kept
    return new Promise((resolve, reject) => {
      this.pool.connect((error, client) => {
        if (client === undefined) return reject(error)
        client.on("error", ignore)
        resolve(client)
      })
    })
  }

  /**
   * One connection stays until the end of the event loop's turn: whoever gets an answer often asks again at once, and the way through
   * the pool is a long one. Not where others wait for one: they would wait for as long as it is used again and again.
   */
  giveBack(client: PoolClient, lost: Error | undefined): void {
    if (lost !== undefined)
      client.release(lost) // it may tell so again, until its socket is closed
    else if (this.#kept !== undefined || this.pool.waitingCount > 0) this.#release(client)
    else {
      this.#kept = client
      setImmediate(this.#endOfTurn)
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#endOfTurn()
    if (this.#isOwnPool) await this.pool.end()
  }

  readonly #endOfTurn = (): void => {
    const kept = this.#kept
    this.#kept = undefined
    if (kept !== undefined) this.#release(kept)
  }

  #release(client: PoolClient): void {
    client.release()
    client.off("error", ignore) // the pool listens again
  }
}

function ignore(): void {}

function openPool({ connectionString, maxConnections }: PostgresSettings): Pool {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    keepAlive: true,
    // An address that doesn't answer would else be waited for as long as the operating system likes.
    connectionTimeoutMillis: 10_000,
    allowExitOnIdle: true,
  })
  pool.on("error", ignore) // an idle connection was lost: the pool makes another when one is needed
  return pool
}
