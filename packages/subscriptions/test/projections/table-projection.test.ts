import { describe, expect, it } from "vitest"
import { defineTableProjection, inline, projectionSubscription } from "../../src/index.ts"
import { accounts, closed, deposited, opened, transferred } from "./accounts.ts"
import { catchUp } from "./catch-up.ts"
import { describeSqlStores, query, runSql, type SqlTx } from "./sql-stores.ts"

const alice = accounts.stream("alice")
const bob = accounts.stream("bob")

const defineBalances = () =>
  defineTableProjection("balances", {
    execute: (tx: SqlTx, sql) => ("exec" in tx ? tx.exec(sql) : tx.query(sql)),
    tables: {
      balances: (table, index) => [
        `CREATE TABLE ${table} (account TEXT PRIMARY KEY, cents INTEGER NOT NULL)`,
        `CREATE INDEX ${index("by_cents")} ON ${table} (cents)`,
      ],
      entries: (table) => `CREATE TABLE ${table} (account TEXT NOT NULL, version INTEGER NOT NULL)`,
    },
    events: [opened, deposited, closed],
    categories: ["account"],
    on: {
      opened: ({ stream }, { tx, tables }) =>
        runSql(tx, `INSERT INTO ${tables.balances} VALUES (?, 0)`, stream.id),
      deposited: async ({ stream, version, data }, { tx, tables }) => {
        await runSql(
          tx,
          `UPDATE ${tables.balances} SET cents = cents + ? WHERE account = ?`,
          data.cents,
          stream.id,
        )
        await runSql(tx, `INSERT INTO ${tables.entries} VALUES (?, ?)`, stream.id, version)
      },
      closed: ({ data }) => {
        if (data.reason === "broken") throw new Error("can't be closed")
      },
    },
  })

const allBalances = "SELECT account, cents FROM balances ORDER BY account"

describeSqlStores("a projection into tables", (open) => {
  it("creates its tables when it first writes, and writes in the transaction of its checkpoint", async () => {
    await using scene = open()
    const { store } = scene
    const balances = defineBalances()
    await store.append(alice, [opened({ owner: "" }), deposited({ cents: 5 })])
    await catchUp(store, projectionSubscription(balances), {
      batches: [1],
      crashes: (attempt) => attempt % 2 === 0,
    })
    expect(await query(store, allBalances)).toEqual([{ account: "alice", cents: 5 }])
    // Another process finds them there.
    await store.append(alice, [deposited({ cents: 6 })])
    await catchUp(store, projectionSubscription(defineBalances()))
    expect(await query(store, allBalances)).toEqual([{ account: "alice", cents: 11 }])
    expect(await query(store, "SELECT account, version FROM entries ORDER BY version")).toEqual([
      { account: "alice", version: 2 },
      { account: "alice", version: 3 },
    ])
  })

  it("takes effect inside the append, and nothing is appended when a handler fails", async () => {
    await using scene = open()
    const { store } = scene
    const before = inline(defineBalances())
    await store.append(alice, [opened({ owner: "" }), deposited({ cents: 5 })], { before })
    await expect(
      store.append(alice, [deposited({ cents: 1 }), closed({ reason: "broken" })], { before }),
    ).rejects.toThrow("can't be closed")
    expect(await store.streamVersion(alice)).toBe(2)
    expect(await query(store, allBalances)).toEqual([{ account: "alice", cents: 5 }])
    await store.append(alice, [deposited({ cents: 2 })], { before })
    expect(await query(store, allBalances)).toEqual([{ account: "alice", cents: 7 }])
  })

  it("creates its tables again after their creation was rolled back", async () => {
    await using scene = open()
    const { store } = scene
    const before = inline(defineBalances())
    const broken = store.append(alice, [opened({ owner: "" }), closed({ reason: "broken" })], { before })
    await expect(broken).rejects.toThrow("can't be closed")
    const rolledBack = store.transaction(async ({ events }) => {
      await events.append(alice, [opened({ owner: "" })], { before })
      throw new Error("rolled back")
    })
    await expect(rolledBack).rejects.toThrow("rolled back")
    await store.append(alice, [opened({ owner: "" })], { before })
    expect(await query(store, allBalances)).toEqual([{ account: "alice", cents: 0 }])
  })

  it("creates its tables again after somebody dropped them", async () => {
    await using scene = open()
    const { store } = scene
    const before = inline(defineBalances())
    const openOne = (id: string) => store.append(accounts.stream(id), [opened({ owner: "" })], { before })
    for (const id of ["a", "b"]) await openOne(id)
    await query(store, "DROP TABLE balances")
    await query(store, "DROP TABLE entries")
    // That they are gone shows when they are written to.
    await expect(openOne("c")).rejects.toThrow()
    await openOne("c")
    expect(await query(store, allBalances)).toEqual([{ account: "c", cents: 0 }])
  })

  it("creates its tables once when many are first to write", async () => {
    await using scene = open()
    const { store } = scene
    const append = async (id: string): Promise<unknown> =>
      // Whoever loses the race to create a table is rolled back, and does it again.
      store
        .append(accounts.stream(id), [opened({ owner: "" })], { before: inline(defineBalances()) })
        .catch(() => append(id))
    await Promise.all(["a", "b", "c", "d", "e"].map(append))
    expect(await query(store, allBalances)).toHaveLength(5)
  })

  it("keeps copies apart, and puts one in place of another, again and again", async () => {
    await using scene = open()
    const { store } = scene
    const balances = defineBalances()
    await store.append(alice, [opened({ owner: "" })], { before: inline(balances) })
    const { signal } = new AbortController()
    for (const id of ["b1", "b2", "b3"]) {
      await store.append(accounts.stream(id), [opened({ owner: "" }), deposited({ cents: 1 })])
      const events = await store.readAll({ ...balances.filter, events: balances.events }).toArray()
      const own = events.filter(({ stream }) => stream.id === id)
      await store.transaction((unitOfWork) => balances.target.create(unitOfWork, "rebuild"))
      await store.transaction((unitOfWork) => balances.target.apply(unitOfWork, "rebuild", own, signal))
      expect(await query(store, "SELECT account FROM balances__rebuild")).toEqual([{ account: id }])
      await store.transaction((unitOfWork) => balances.target.swap(unitOfWork, "rebuild", "live"))
      expect(await query(store, allBalances)).toEqual([{ account: id, cents: 1 }])
      await expect(query(store, "SELECT 1 FROM balances__rebuild")).rejects.toThrow()
    }
    await store.append(bob, [opened({ owner: "" })], { before: inline(balances) })
    expect(await query(store, allBalances)).toHaveLength(2)
    await store.transaction((unitOfWork) => balances.target.drop(unitOfWork, "live"))
    await expect(query(store, allBalances)).rejects.toThrow()
  })

  it("doesn't hide why a table can't be created", async () => {
    await using scene = open()
    const wrong = defineTableProjection("wrong", {
      execute: (tx: SqlTx, sql) => ("exec" in tx ? tx.exec(sql) : tx.query(sql)),
      tables: { wrong: (table) => `CREATE TABLE ${table} (this is no sql)` },
      events: [opened],
      on: { opened: () => {} },
    })
    await expect(
      scene.store.append(alice, [opened({ owner: "" })], { before: inline(wrong) }),
    ).rejects.toThrow()
    expect(await scene.store.streamVersion(alice)).toBe(0)
  })
})

describe("a projection into tables", () => {
  it("is checked when it is defined", () => {
    const options = {
      execute: () => {},
      tables: { a: () => "" },
      events: [opened, transferred],
      on: { opened: () => {} },
    }
    const define = (wrong: object) => () => defineTableProjection("p", { ...options, ...wrong })
    const refused: [object, string][] = [
      [{ execute: "CREATE" }, "execute"],
      [{ tables: {} }, "tables"],
      [{ tables: { 'a"b': () => "" } }, 'tables.a"b'],
      [{ tables: { "a; DROP TABLE b": () => "" } }, "tables.a; DROP TABLE b"],
      [{ tables: { "a.b.c": () => "" } }, "tables.a.b.c"],
      [{ tables: { "": () => "" } }, "tables."],
      [{ tables: { "1a": () => "" } }, "tables.1a"],
      [{ tables: { ["a".repeat(64)]: () => "" } }, `tables.${"a".repeat(64)}`],
      [{ version: 0 }, "version"],
      [{ on: { shipped: () => {} } }, "on"],
    ]
    for (const [wrong, path] of refused)
      expect(define(wrong), path).toThrow(expect.objectContaining({ code: "INVALID_OPTION", path }))
    expect(define({ tables: { "reporting.a": () => "" } })()).toMatchObject({
      tables: ["reporting.a"],
      version: 1,
    })
  })

  it("names its tables and indexes by checked identifiers, in their schema", async () => {
    const statements: string[] = []
    const { target } = defineTableProjection("p", {
      execute: (_tx: undefined, sql) => statements.push(sql),
      tables: {
        "reporting.sales": (table, index) => [`CREATE ${table}`, `INDEX ${index("by_day")} ON ${table}`],
      },
      events: [opened],
      on: { opened: () => {} },
    })
    const unitOfWork = {
      tx: undefined,
      events: { generateId: () => "00000000-0000-7000-8000-00000000002a" },
    } as unknown as Parameters<typeof target.create>[0]
    await target.create(unitOfWork, "rebuild")
    await target.swap(unitOfWork, "rebuild", "live")
    expect(statements).toEqual([
      'DROP TABLE IF EXISTS "reporting"."sales__rebuild"',
      'CREATE "reporting"."sales__rebuild"',
      'INDEX "sales_by_day_00000000002a" ON "reporting"."sales__rebuild"',
      'DROP TABLE IF EXISTS "reporting"."sales"',
      'ALTER TABLE "reporting"."sales__rebuild" RENAME TO "sales"',
    ])
    await expect(target.create(unitOfWork, 'x"; DROP')).rejects.toMatchObject({ path: "copy" })
  })
})
