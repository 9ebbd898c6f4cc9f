import { randomUUID } from "node:crypto"
import {
  type AppendCondition,
  type AppendResult,
  type EventQuery,
  isAnnalsError,
  matchesQuery,
  type NewEvent,
  type RecordedEvent,
} from "@annals/core"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import type { PoolClient } from "pg"
import { describe, expect, it } from "vitest"
import { type FreshDatabase, failureOf, freshDatabase } from "./fresh-database.ts"

const account = (id: string) => ({ category: "account", id })
const taken: NewEvent = { type: "taken", data: null, tags: ["seat:1", "row:1"] }

/** Queries that `taken` matches, in every shape that there is. */
const shapes: readonly (readonly [string, EventQuery])[] = [
  ["a type", [{ types: ["taken"] }]],
  ["several types", [{ types: ["left", "taken"] }]],
  ["a tag", [{ tags: ["seat:1"] }]],
  ["several tags", [{ tags: ["row:1", "seat:1"] }]],
  ["types and tags", [{ types: ["taken", "left"], tags: ["seat:1"] }]],
  ["several items", [{ types: ["left"] }, { tags: ["seat:2"] }, { types: ["taken"], tags: ["row:1"] }]],
  ["nothing, which matches all", []],
]

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)

    async function openStore(): Promise<PostgresStore> {
      const store = database.open()
      await store.head()
      return store
    }

    describe.each(shapes)("a condition on %s", (_shape, query) => {
      it("is met by exactly one of those who race for it, alone, together and in transactions", async () => {
        const stores = [await openStore(), await openStore()] as const
        const ways: readonly ((store: PostgresStore, condition: AppendCondition) => Promise<unknown>)[] = [
          (store, condition) => store.append(account(randomUUID()), [taken], { condition }),
          (store, condition) => store.append(account(randomUUID()), [taken, taken], { condition }),
          (store, condition) => store.append(account(randomUUID()), [taken], { condition, before: () => {} }),
          (store, condition) =>
            store.transaction(({ events }) => events.append(account(randomUUID()), [taken], { condition })),
          (store, condition) =>
            Promise.all([
              store.append(account("unrelated"), [{ type: "other", data: null }]),
              store.append(account(randomUUID()), [taken], { condition }),
            ]),
        ]
        let recordedUpTo = 0
        for (let round = 0; round < 10; round++) {
          const [left, right] = [ways[round % 5], ways[(round * 2 + 1) % 5]]
          // The head stays below what was recorded for as long as the server takes to undo an append of the round before that was refused.
          let after = await stores[0].head()
          while (after < recordedUpTo) after = await stores[0].head()
          // What isn't related comes before, but for the empty query to which everything is.
          const condition = { query, after }
          if (query.length === 0 && (left === ways[4] || right === ways[4])) continue
          const outcomes = await Promise.allSettled([
            left?.(stores[0], condition),
            right?.(stores[1], condition),
            left?.(stores[1], condition),
          ])
          for (const outcome of outcomes) {
            if (outcome.status === "rejected")
              expect(outcome.reason).toMatchObject({ code: "CONDITION_FAILED" })
          }
          const appended = outcomes.flatMap((outcome) =>
            outcome.status === "fulfilled" ? [outcome.value] : [],
          )
          expect(appended).toHaveLength(1)
          recordedUpTo = Math.max(...(appended.flat() as AppendResult[]).map(({ position }) => position))
        }
      })

      it.each(["COMMIT", "ROLLBACK"])(
        "waits for a matching append in flight below it, until its %s",
        async (end) => {
          const store = await openStore()
          const after = await store.head()
          const tx = await database.begin()
          await store.within(tx).events.append(account("in flight"), [taken])
          const own = await database.begin()
          const appends = [
            store.append(account("alone"), [{ type: "free", data: null }], { condition: { query, after } }),
            store.within(own).events.append(account("in a transaction"), [{ type: "free", data: null }], {
              condition: { query: query.length === 0 ? [{ types: ["taken"] }] : query, after },
            }),
          ]
          const settled = Promise.allSettled(appends)
          await database.untilWaiting(2)
          await tx.query(end)
          // To the empty query everything matters, also what this one may still commit.
          await appends[1]?.catch(() => {})
          await own.query("ROLLBACK")
          for (const outcome of await settled) {
            expect(outcome).toMatchObject(
              end === "COMMIT"
                ? { reason: { code: "CONDITION_FAILED", position: 1 } }
                : { status: "fulfilled" },
            )
          }
        },
      )
    })

    it("refuses none that are unrelated, however many race", async () => {
      const stores = [await openStore(), await openStore(), await openStore()]
      const after = await (stores[0] as PostgresStore).head()
      const appends = stores.flatMap((store, index) =>
        Array.from({ length: 40 }, (_, number) => {
          const name = `${index}-${number}`
          const event = { type: `type ${name}`, data: null, tags: [`seat:${name}`, "common"] }
          const query = [
            [{ types: [event.type] }],
            [{ tags: [`seat:${name}`] }],
            [{ types: [event.type, "no"], tags: [`seat:${name}`, "common"] }],
          ][number % 3] as EventQuery
          const append = (log: Pick<PostgresStore, "append">) =>
            log.append(account(name), [event, event], { condition: { query, after } })
          return number % 4 === 3 ? store.transaction(({ events }) => append(events)) : append(store)
        }),
      )
      const outcomes = await Promise.allSettled(appends)
      expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([])
    })

    describe("in a transaction that appends again", () => {
      it("sees what others appended between", async () => {
        const store = await openStore()
        const after = await store.head()
        const tx = await database.begin()
        const { events } = store.within(tx)
        await events.append(account("first"), [{ type: "free", data: null }])
        await store.append(account("between"), [taken])
        for (const [, query] of shapes.slice(0, -1)) {
          const failure = await failureOf(
            events.append(account("x"), [taken], { condition: { query, after } }),
          )
          expect(failure).toMatchObject({ code: "CONDITION_FAILED", position: 2 })
        }
      })

      it("is seen by others, who wait for all that it may still append", async () => {
        const store = await openStore()
        const after = await store.head()
        const tx = await database.begin()
        const { events } = store.within(tx)
        await events.append(account("first"), [{ type: "free", data: null }])
        await events.append(account("second"), [taken])
        const waiting = failureOf(
          store.append(account("other"), [taken], { condition: { query: [{ tags: ["seat:1"] }], after } }),
        )
        await database.untilWaiting(1)
        await tx.query("COMMIT")
        expect(await waiting).toMatchObject({ code: "CONDITION_FAILED", position: 2 })
      })

      it("is one of two that wait for each other: the one that gives way may try again", async () => {
        const store = await openStore()
        const condition = { query: [{ tags: ["seat:1"] }], after: await store.head() }
        const transactions = [await database.begin(), await database.begin()] as const
        const [one, other] = transactions.map((tx) => store.within(tx).events) as [
          PostgresStore,
          PostgresStore,
        ]
        await one.append(account("one"), [{ type: "free", data: null }])
        await other.append(account("other"), [{ type: "free", data: null }])
        await one.append(account("one"), [{ type: "free", data: null }], { condition })
        const giveWay = (tx: PoolClient) => async (error: unknown) => {
          await tx.query("ROLLBACK")
          throw error
        }
        const waiting = other.append(account("other"), [taken], { condition }).catch(giveWay(transactions[1]))
        const settled = Promise.allSettled([waiting])
        await database.untilWaiting(1)
        const closing = one.append(account("one"), [taken], { condition }).catch(giveWay(transactions[0]))
        const outcomes = [
          ...(await Promise.allSettled([closing])),
          ...(await raceOf(settled, transactions[0])),
        ]
        const rejected = outcomes.flatMap((outcome) =>
          outcome.status === "rejected" ? [outcome.reason] : [],
        )
        expect(rejected.some((reason) => reason.code === "STORE_BUSY" && reason.retryable)).toBe(true)
        expect(rejected).toHaveLength(1)
      })
    })

    describe("among 50,000 events", () => {
      /** Of a connection; also some of what it did before, until the server has collected that. */
      const rowsLookedAt = async (tx: PoolClient) => {
        const { rows } = await tx.query(
          `SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::int AS count FROM pg_stat_xact_user_tables
            WHERE schemaname = $1 AND relname IN ('events', 'event_tags', 'streams')`,
          [database.schema],
        )
        return rows[0].count as number
      }

      it("is looked up by indexes, at a few rows", async () => {
        const store = await openStore()
        const rare: NewEvent = { type: "rare", data: null, tags: ["common", "rare"] }
        await store.append(account("common"), [{ type: "common", data: null, tags: ["common"] }])
        await multiply(database, 50_000)
        const middle = await store.head()
        await store.append(account("rare"), [rare])
        const queries: readonly (readonly [EventQuery, number])[] = [
          [[{ tags: ["rare"] }], 0],
          [[{ tags: ["common", "rare"] }], 0],
          [[{ types: ["rare"] }], 0],
          [[{ types: ["rare", "no"], tags: ["rare"] }], 0],
          [
            [
              { types: ["common"], tags: ["rare"] },
              { types: ["rare"], tags: ["common", "rare"] },
            ],
            0,
          ],
          [[{ types: ["common"] }], 0],
          [[{ tags: ["common"] }], 0],
          [[{ tags: ["common"], types: ["rare"] }], middle],
          [[], 0],
          [[], middle],
        ]
        for (const [query, after] of queries) {
          const tx = await database.pool.connect()
          await tx.query("BEGIN")
          const before = await rowsLookedAt(tx)
          const { events } = store.within(tx)
          const options = { condition: { query, after } }
          expect(await failureOf(events.append(account("x"), [rare], options))).toMatchObject({
            code: "CONDITION_FAILED",
          })
          const none = [{ types: ["none"], tags: ["rare"] }, { tags: ["none", "common"] }]
          await events.append(account("y"), [rare, rare], { condition: { query: none } })
          const lookedAt = (await rowsLookedAt(tx)) - before
          await tx.query("ROLLBACK")
          tx.release()
          expect(lookedAt, JSON.stringify(query)).toBeGreaterThan(0)
          expect(lookedAt, JSON.stringify(query)).toBeLessThan(10_000)
        }
      })
    })

    it("holds in whatever way appends, transactions, rollbacks and killed connections meet", async () => {
      await database.query(`ALTER DATABASE ${database.name} SET deadlock_timeout = '20ms'`)
      const seed = 20_260_101
      const stores = [await openStore(), await openStore(), await openStore()]
      const accepted: Accepted[] = []
      const inTransactions = new Set<string>()
      const counts: Record<string, number> = {}
      const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1)
      const refused: { readonly query: EventQuery; readonly after: number; readonly position: number }[] = []

      await Promise.all(
        Array.from({ length: 8 }, async (_, worker) => {
          const store = stores[worker % 3] as PostgresStore
          const random = seeded(seed + worker)
          const pick = <Value>(values: readonly Value[]) =>
            values[Math.floor(random() * values.length)] as Value
          const subset = (values: readonly string[]) => values.filter(() => random() < 0.4)
          const types = ["t1", "t2", "t3"]
          const tags = ["a", "b", "c", "d", "e"]

          const conditionOf = (head: number): AppendCondition | undefined => {
            if (random() < 0.3) return undefined
            const items = Array.from({ length: pick([1, 1, 1, 2]) }, () => {
              const [someTypes, someTags] = [subset(types), subset(tags)]
              return {
                ...(someTypes.length > 0 && { types: someTypes }),
                ...(someTags.length > 0 && { tags: someTags }),
              }
            })
            const query = items.filter((item) => "types" in item || "tags" in item)
            return { query, after: Math.max(0, head - pick([0, 0, 0, 2])) }
          }

          /** Appends something; resolves with what must be remembered of it once it is committed. */
          const append = async (log: Pick<PostgresStore, "append" | "appendToStreams">, head: number) => {
            const id = randomUUID()
            if (log !== store) inTransactions.add(id)
            const make = (): NewEvent => ({ type: pick(types), tags: subset(tags), data: { append: id } })
            const events = () => Array.from({ length: pick([1, 1, 2, 3]) }, make)
            const condition = conditionOf(head)
            const options = condition === undefined ? {} : { condition }
            try {
              if (random() < 0.3) {
                await log.appendToStreams(
                  [0, 1].map((part) => ({ stream: account(`${worker}-${part}`), events: events() })),
                  options,
                )
              } else await log.append(account(`${worker}-${pick([0, 1, 2])}`), events(), options)
            } catch (error) {
              if (!isAnnalsError(error, "CONDITION_FAILED") || condition === undefined) throw error
              count("refused")
              refused.push({
                query: condition.query,
                after: condition.after ?? 0,
                position: error.position ?? 0,
              })
              return undefined
            }
            return { id, condition }
          }

          const note = (what: string, done: readonly (Accepted | undefined)[]) => {
            for (const one of done) if (one !== undefined) accepted.push(one)
            count(what)
          }

          const inTransaction = async (head: number) => {
            const tx = await database.pool.connect()
            const ignore = () => {}
            tx.on("error", ignore)
            let isBroken = false
            try {
              await tx.query("BEGIN")
              const { rows } = await tx.query("SELECT pg_backend_pid() AS pid")
              const done: (Accepted | undefined)[] = []
              const refusedBefore = refused.length
              for (let part = pick([1, 1, 2, 2, 3]); part > 0; part--) {
                done.push(await append(store.within(tx).events, head))
                await tx.query(`SELECT pg_sleep(${pick([0, 0.001, 0.004])})`)
              }
              const end = random()
              if (end < 0.15) await database.query("SELECT pg_terminate_backend($1)", [rows[0].pid])
              if (end < 0.3) {
                // It may have been refused because of its own events, which go with it.
                refused.splice(refusedBefore)
                await tx.query("ROLLBACK")
                count("rolled back")
              } else {
                await tx.query("COMMIT")
                note("transactions", done)
              }
            } catch (error) {
              isBroken = true
              if (isAnnalsError(error) && error.code !== "STORE_BUSY" && error.code !== "STORE_UNAVAILABLE")
                throw error
              count(isAnnalsError(error, "STORE_BUSY") ? "gave way" : "killed")
              expect(isAnnalsError(error) ? error.retryable : true).toBe(true)
              await tx.query("ROLLBACK").catch(() => {})
            } finally {
              tx.release(isBroken)
              if (!isBroken) tx.off("error", ignore)
            }
          }

          for (let round = 0; round < 60; round++) {
            const head = await store.head()
            const what = random()
            if (what < 0.35) await inTransaction(head)
            else if (what < 0.65) note("alone", [await append(store, head)])
            else note("groups", await Promise.all(Array.from({ length: 4 }, () => append(store, head))))
          }
        }),
      )

      const log = await (stores[0] as PostgresStore).readAll<NewEvent>().toArray()
      const rows = await database.query(`SELECT position::int, xmin::text FROM ${database.schema}.events`)
      const xmins = new Map(rows.map(({ position, xmin }) => [position as number, xmin as string]))
      // Together with others in one call: they have one place in the order. In a caller's transaction each call has its own.
      const callOf = (event: RecordedEvent) =>
        inTransactions.has(appendOf(event)) ? appendOf(event) : (xmins.get(event.position) as string)
      expect(violationsIn(log, accepted, callOf)).toEqual([])
      for (const { query, after, position } of refused) {
        // What refused it was there, or in a transaction of its own.
        const found = log.find((event) => event.position === position)
        if (found !== undefined) expect(position > after && matchesQuery(query, found)).toBe(true)
      }
      for (const what of ["alone", "groups", "transactions", "refused", "rolled back"]) {
        expect(counts[what], what).toBeGreaterThan(10)
      }
      expect(accepted.filter(({ condition }) => condition !== undefined).length).toBeGreaterThan(100)
    })
  })
}

interface Accepted {
  readonly id: string
  readonly condition: AppendCondition | undefined
}

const appendOf = ({ data }: RecordedEvent) => (data as { append: string }).append

/**
 * Calls stand in the order of their first positions. An append whose condition was found to hold must hold in that order: no event of a
 * call before its own matches, above `after`. Where that call drew its positions interleaved with others, its event may lie above.
 */
function violationsIn(
  log: readonly RecordedEvent[],
  accepted: readonly Accepted[],
  callOf: (event: RecordedEvent) => string,
): object[] {
  const firstOfCall = new Map<string, number>()
  for (const event of log) if (!firstOfCall.has(callOf(event))) firstOfCall.set(callOf(event), event.position)
  const firsts = new Map(log.map((event) => [appendOf(event), firstOfCall.get(callOf(event)) as number]))
  return accepted.flatMap(({ id, condition }): object[] => {
    const first = firsts.get(id)
    if (first === undefined) return [{ id, what: "acknowledged and not there" }]
    if (condition === undefined) return []
    const { query, after = 0 } = condition
    const missed = log.find(
      (event) =>
        appendOf(event) !== id &&
        event.position > after &&
        (firsts.get(appendOf(event)) as number) < first &&
        matchesQuery(query, event),
    )
    return missed === undefined ? [] : [{ id, first, query, after, missed: missed.position }]
  })
}

/** When the other one is still waiting, it goes on as soon as this transaction ends. */
async function raceOf<Outcome>(settled: Promise<Outcome>, tx: PoolClient): Promise<Outcome> {
  await tx.query("ROLLBACK")
  return settled
}

/** Repeats the store's only event so many times, as its appends would have written it. */
async function multiply({ query, schema }: FreshDatabase, times: number): Promise<void> {
  const columns = (await query(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum",
    [`${schema}.events`],
  )) as { name: string }[]
  const made: Record<string, string> = {
    position: `nextval('${schema}.event_position')`,
    version: "version + n",
    event_id: "gen_random_uuid()",
  }
  const values = columns.map(({ name }) => made[name] ?? name).join(", ")
  await query(
    `INSERT INTO ${schema}.events SELECT ${values} FROM ${schema}.events, generate_series(1, ${times}) AS n WHERE position = 1`,
  )
  await query(
    `INSERT INTO ${schema}.event_tags SELECT t.tag, e.position FROM ${schema}.event_tags t, ${schema}.events e WHERE e.position > 1`,
  )
  await query(`ANALYZE ${schema}.events, ${schema}.event_tags`)
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
