import type { AppendBatch, AppendOutcome } from "@annals/core"
import type { PoolClient } from "pg"
import { hasGivenWay, isConnectionLost, isUniqueViolation } from "../errors.ts"
import type { PostgresDatabase } from "../postgres-database.ts"
import type { SqlRunner } from "../sql/sql-runner.ts"
import { append, appendBound, appendOne, appendOneBound } from "../statements/append.ts"
import { type BatchAnswer, readAnswer } from "./append-answer.ts"
import { AppendCall, type AppendMode } from "./append-call.ts"
import { appendOneValues, oneEventOf, readOneAnswer } from "./append-one-call.ts"
import type { AppendTransport } from "./append-queue.ts"
import type { EventKeys } from "./event-keys.ts"
import { findRepeat } from "./find-repeat.ts"

/** Who is chosen to give way to another transaction tries again, as often as this. */
const maxAttempts = 10

/** Sends batches to the server: one statement and one transaction for each call. */
export class PostgresAppends implements AppendTransport {
  readonly #database: PostgresDatabase
  readonly #keys: EventKeys

  constructor(database: PostgresDatabase, keys: EventKeys) {
    this.#database = database
    this.#keys = keys
  }

  sendGroup(batches: readonly AppendBatch[]): Promise<readonly BatchAnswer[]> {
    const mode = { waits: false, lasting: false, checkFreshIds: false }
    // Each of them is tried again alone, for as long as `retryForMs` says: here as well would be twice as long.
    return this.#database.withClient((client) => this.#call(client, mode, batches), "never")
  }

  async sendAlone(batch: AppendBatch, { isRerun }: { readonly isRerun: boolean }): Promise<AppendOutcome> {
    let checkFreshIds = isRerun
    let isUncertain = isRerun
    const outcome = await this.#database.withClient(async (client) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.appendOn(client, { waits: true, lasting: false, checkFreshIds }, batch)
        } catch (error) {
          // Whatever was lost with the connection may have been recorded: its ids tell.
          if (isConnectionLost(error)) isUncertain = checkFreshIds = true
          const isTwice = isUniqueViolation(error)
          if (attempt === maxAttempts || !(isTwice || hasGivenWay(error))) throw error
          // Recorded by somebody else after this attempt had looked: the next one finds it.
          if (isTwice) checkFreshIds = true
        }
      }
    }, "lost")
    return isUncertain ? ownRepeat(batch, outcome) : outcome
  }

  findRepeat(batch: AppendBatch): Promise<AppendOutcome> {
    return findRepeat(this.#database.reader, this.#keys, batch)
  }

  /** On a connection, in whatever transaction is open there. `use` throws where it isn't any more. */
  async appendOn(
    client: PoolClient,
    mode: AppendMode,
    batch: AppendBatch,
    use?: () => void,
  ): Promise<AppendOutcome> {
    const [answer] = (await this.#call(client, mode, [batch])) as [BatchAnswer]
    switch (answer.status) {
      case "recorded":
        return findRepeat(this.#runnerOn(client, mode, use), this.#keys, batch)
      case "busy":
        throw new Error("an append that waits is never busy")
      default:
        return answer
    }
  }

  #runnerOn(client: PoolClient, { lasting }: AppendMode, use?: () => void): Pick<SqlRunner, "run"> {
    if (lasting) return this.#database.runnerOf(client, use)
    return { run: (statement, values) => this.#database.runAlone(client, statement, values) }
  }

  async #call(client: PoolClient, mode: AppendMode, batches: readonly AppendBatch[]): Promise<BatchAnswer[]> {
    const { boundTo } = this.#database
    const one = mode.waits || mode.lasting ? undefined : oneEventOf(batches)
    if (one !== undefined) {
      const values = appendOneValues(this.#keys, mode, one)
      const [row] = await (boundTo === undefined
        ? this.#database.runOn(client, appendOne, values)
        : this.#database.runOn(client, appendOneBound, [...values, boundTo]))
      return [readOneAnswer(one, row)]
    }
    const { values } = new AppendCall(this.#keys, mode, batches)
    const [row] = await (boundTo === undefined
      ? this.#database.runOn(client, append, values)
      : this.#database.runOn(client, appendBound, [...values, boundTo]))
    return readAnswer(batches, row ?? [])
  }
}

/** Nobody else can have used ids that were made for this call: what is found was recorded by an attempt of its own. */
export function ownRepeat(batch: AppendBatch, outcome: AppendOutcome): AppendOutcome {
  return outcome.status === "repeated" && batch.freshIds ? { ...outcome, status: "appended" } : outcome
}
