import { type } from "@annals/core"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { defineReadModel, type ReadModelDocument, type Where } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"

interface Account {
  owner: string
  cents: number
  open: boolean
  address?: { city: string; street: string | null }
  tags: string[]
}

const accounts = defineReadModel("accounts", type<Account>())
const alice: Account = { owner: "Alice", cents: 500, open: true, tags: [] }

const ids = (documents: readonly ReadModelDocument<unknown>[]) => documents.map(({ id }) => id)

describeStores("a read model", (open) => {
  it("keeps documents with their versions", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    expect(await repository.get("alice")).toBeUndefined()
    expect(await repository.save("alice", alice)).toBe(1)
    expect(await repository.save("alice", { ...alice, cents: 600 })).toBe(2)
    expect(await repository.get("alice")).toEqual({
      id: "alice",
      version: 2,
      value: { ...alice, cents: 600 },
    })
    expect(await repository.delete("alice")).toBe(true)
    expect(await repository.delete("alice")).toBe(false)
    expect(await repository.get("alice")).toBeUndefined()
  })

  it("gets many at once by id", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    await repository.save("alice", alice)
    await repository.save("bob", { ...alice, owner: "Bob" })
    const found = await repository.getMany(["bob", "nobody", "alice", "bob"])
    expect([...found.keys()].sort()).toEqual(["alice", "bob"])
    expect(found.get("bob")?.value.owner).toBe("Bob")
  })

  it("answers a save at another version with a conflict, and changes nothing", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    expect(await repository.save("alice", alice, { expectedVersion: 0 })).toBe(1)
    expect(await repository.save("alice", { ...alice, cents: 1 }, { expectedVersion: 0 })).toBe("conflict")
    expect(await repository.save("alice", { ...alice, cents: 2 }, { expectedVersion: 2 })).toBe("conflict")
    expect(await repository.save("alice", { ...alice, cents: 3 }, { expectedVersion: 1 })).toBe(2)
    expect((await repository.get("alice"))?.value.cents).toBe(3)
  })

  it("is part of a unit of work that it is asked for in", async () => {
    await using scene = await open()
    const failed = scene.store.transaction(async (unitOfWork) => {
      await accounts.in(unitOfWork).save("alice", alice)
      expect(await accounts.in(unitOfWork).get("alice")).toBeDefined()
      throw new Error("rolled back")
    })
    await expect(failed).rejects.toThrow("rolled back")
    expect(await accounts.in(scene.store).get("alice")).toBeUndefined()
  })

  it("finds what a condition says", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    await repository.save("alice", { ...alice, address: { city: "Oslo", street: null } })
    await repository.save("bob", { owner: "Bob", cents: 50, open: false, tags: [] })
    await repository.save("cleo", {
      ...alice,
      owner: "Cleo",
      cents: -5,
      address: { city: "Bergen", street: "Main" },
    })
    const find = async (where: Where<Account>) => ids((await repository.find({ where })).documents)

    expect(await find({})).toEqual(["alice", "bob", "cleo"])
    expect(await find({ owner: "Bob" })).toEqual(["bob"])
    expect(await find({ open: true })).toEqual(["alice", "cleo"])
    expect(await find({ open: true, cents: { ">": 0 } })).toEqual(["alice"])
    expect(await find({ cents: { ">=": -5, "<": 500 } })).toEqual(["bob", "cleo"])
    expect(await find({ cents: { "<=": 50 } })).toEqual(["bob", "cleo"])
    expect(await find({ owner: { in: ["Alice", "Cleo", "Dora"] } })).toEqual(["alice", "cleo"])
    expect(await find({ "address.city": "Oslo" })).toEqual(["alice"])
    expect(await find({ "address.street": { missing: true } })).toEqual(["alice", "bob"])
    expect(await find({ address: { missing: false } })).toEqual(["alice", "cleo"])
    expect(await find({ not: { owner: "Bob" } })).toEqual(["alice", "cleo"])
    expect(await find({ or: [{ owner: "Bob" }, { cents: { "<": 0 } }] })).toEqual(["bob", "cleo"])
    expect(await find({ and: [{ open: true }, { not: { cents: 500 } }] })).toEqual(["cleo"])
    expect(await find({ open: true, or: [{ owner: "Bob" }, { owner: "Cleo" }] })).toEqual(["cleo"])
  })

  it("finds in the order of several fields, a page at a time", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    for (const [id, cents, owner] of [
      ["a", 2, "x"],
      ["b", 1, "x"],
      ["c", 2, "y"],
      ["d", 3, "x"],
      ["e", 2, "x"],
    ] as const)
      await repository.save(id, { ...alice, cents, owner })
    const query = { orderBy: { cents: "descending", owner: "ascending" }, limit: 2 } as const
    const first = await repository.find(query)
    expect(ids(first.documents)).toEqual(["d", "a"])
    const second = await repository.find({ ...query, after: first.next as string })
    expect(ids(second.documents)).toEqual(["e", "c"])
    const third = await repository.find({ ...query, after: second.next as string })
    expect(ids(third.documents)).toEqual(["b"])
    expect(third.next).toBeUndefined()
  })

  it("goes through all that match, over all pages", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    for (let n = 0; n < 25; n++) await repository.save(`a${n}`, { ...alice, cents: n })
    const seen: number[] = []
    const found = repository.findAll({
      where: { cents: { ">=": 3 } },
      orderBy: { cents: "ascending" },
      pageSize: 7,
    })
    for await (const { value } of found) seen.push(value.cents)
    expect(seen).toEqual(Array.from({ length: 22 }, (_, n) => n + 3))
    expect((await found.toArray()).map(({ value }) => value.cents)).toEqual(seen)
    await repository.delete("a24")
    expect(await found.toArray()).toHaveLength(21)
    expect(await repository.findAll().toArray()).toHaveLength(24)
  })

  it("refuses a query that says nothing where something was meant", async () => {
    await using scene = await open()
    const repository = accounts.in(scene.store)
    const find = (where: object) => repository.find({ where: where as Where<Account> })
    const refused: [object, string][] = [
      [{ owner: undefined }, "where.owner"],
      [{ owner: null }, "where.owner"],
      [{ owner: {} }, "where.owner"],
      [{ owner: { like: "A" } }, "where.is"],
      [{ owner: { missing: "yes" } }, "where.owner.missing"],
      [{ or: [{}] }, "where.or[0]"],
      [{ not: {} }, "where.not"],
      [{ and: { owner: "Alice" } }, "where.and"],
      [{ and: [] }, "where.and"],
      [[], "where"],
    ]
    for (const [where, path] of refused)
      await expect(find(where), JSON.stringify(where)).rejects.toMatchObject({ code: "INVALID_OPTION", path })
  })
})

describe("a read model's schema", () => {
  const schema = z.object({ owner: z.string().trim(), items: z.array(z.object({ cents: z.number() })) })
  const checked = defineReadModel("checked", schema)

  it("checks what is saved, and may change it", () => {
    expect(checked.check({ owner: " Alice ", items: [] })).toEqual({ owner: "Alice", items: [] })
  })

  it("says where a value is wrong", () => {
    expect(() => checked.check({ owner: "Alice", items: [{ cents: 1 }, { cents: "2" }] })).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE", path: "value.items[1].cents" }),
    )
  })

  it("must answer at once", () => {
    const slow = defineReadModel(
      "slow",
      z.string().refine(async () => true),
    )
    expect(() => slow.check("x")).toThrow(expect.objectContaining({ code: "INVALID_OPTION", path: "schema" }))
  })

  it("is needed, as is a name without an @", () => {
    expect(() => defineReadModel("a", {} as never)).toThrow(expect.objectContaining({ path: "schema" }))
    expect(() => defineReadModel("a@b", schema)).toThrow(expect.objectContaining({ code: "INVALID_NAME" }))
  })
})
