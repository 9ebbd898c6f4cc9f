import { createRepository, defineDecider, defineEvent, discarded, streamId, type } from "@annals/core"
import { given } from "@annals/testing"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import {
  defineDocumentProjection,
  defineReadModel,
  deleted,
  foldDocument,
  foldDocuments,
  inline,
  projectionSubscription,
} from "../../src/index.ts"
import { createRecordingObserver } from "../subjects/recording-observer.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"
import {
  accounts,
  balances,
  balancesModel,
  closed,
  deposited,
  ledgers,
  ledgersModel,
  opened,
  transferred,
} from "./accounts.ts"
import { catchUp } from "./catch-up.ts"

const alice = accounts.stream("alice")
const bob = accounts.stream("bob")

/** Counts everything in one document. */
const totalsModel = defineReadModel("totals", type<{ events: number; cents: number }>())
const totals = defineDocumentProjection("totals", {
  into: totalsModel,
  events: [opened, deposited],
  key: () => "all",
  initial: () => ({ events: 0, cents: 0 }),
  on: {
    opened: (total) => ({ ...total, events: total.events + 1 }),
    deposited: (total, { data }) => ({ events: total.events + 1, cents: total.cents + data.cents }),
  },
})

describeStores("a projection into documents", (open) => {
  it("keeps one document for each stream", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(alice, [opened({ owner: "Alice" }), deposited({ cents: 500 })])
    await store.append(bob, [opened({ owner: "Bob" })])
    await catchUp(store, projectionSubscription(balances))
    await store.append(alice, [deposited({ cents: 5 })])
    await catchUp(store, projectionSubscription(balances))
    expect(await balancesModel.in(store).get("alice")).toEqual({
      id: "alice",
      version: 2,
      value: { owner: "Alice", cents: 505, history: ["opened", "+500", "+5"] },
    })
    expect((await balancesModel.in(store).get("bob"))?.value).toEqual({
      owner: "Bob",
      cents: 0,
      history: ["opened"],
    })
  })

  it("joins the streams of several categories in the documents that they concern", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(alice, [deposited({ cents: 500 })])
    await store.append(streamId("savings", "alice"), [deposited({ cents: 20 })])
    await store.append(alice, [
      transferred({ to: "bob", cents: 100 }),
      transferred({ to: "alice", cents: 1 }),
    ])
    await store.append(bob, [closed({ reason: "kept" })])
    await catchUp(store, projectionSubscription(ledgers))
    expect((await ledgersModel.in(store).get("alice"))?.value).toEqual({
      cents: 420,
      entries: ["account:500", "savings:20", "alice>bob", "alice>alice"],
    })
    expect((await ledgersModel.in(store).get("bob"))?.value).toEqual({ cents: 100, entries: ["alice>bob"] })
  })

  it("deletes a document, and begins again with what comes after", async () => {
    await using scene = await open()
    const { store } = scene
    const run = () => catchUp(store, projectionSubscription(balances))
    await store.append(alice, [opened({ owner: "Alice" }), closed({ reason: "" })])
    await run()
    expect(await balancesModel.in(store).get("alice")).toBeUndefined()
    await store.append(alice, [deposited({ cents: 1 })])
    await run()
    await store.append(alice, [closed({ reason: "" }), deposited({ cents: 2 })])
    await run()
    expect((await balancesModel.in(store).get("alice"))?.value).toEqual({
      owner: "",
      cents: 2,
      history: ["+2"],
    })
    await store.append(alice, [closed({ reason: "" })])
    await run()
    expect(await balancesModel.in(store).get("alice")).toBeUndefined()
  })

  it("runs as a subscription", async () => {
    await using scene = await open()
    const { store } = scene
    const subscription = await scene.run(projectionSubscription(balances))
    expect(subscription).toMatchObject({ name: "balances", kind: "projection" })
    const { position } = await store.append(alice, [opened({ owner: "Alice" }), deposited({ cents: 500 })])
    await subscription.waitFor(position)
    expect((await balancesModel.in(store).get("alice"))?.value.cents).toBe(500)
  })

  it("loses nothing when instances that share the streams write one document", async () => {
    await using scene = await open()
    const { store } = scene
    const definition = projectionSubscription(totals, { instances: "shared", pageSize: 3 })
    const handles = [store, scene.otherHandle()]
    const instances = await Promise.all(handles.map((handle) => scene.run(definition, { store: handle })))
    await eventually(() => instances.every((instance) => instance.status().slots > 0))
    let last = 0
    for (let n = 1; n <= 60; n++) {
      const { position } = await store.append(accounts.stream(`a${n}`), [deposited({ cents: n })])
      last = position
    }
    await Promise.all(instances.map((instance) => instance.waitFor(last)))
    expect((await totalsModel.in(store).get("all"))?.value).toEqual({ events: 60, cents: 1830 })
    expect(instances.map((instance) => instance.status().handled > 0)).toEqual([true, true])
  })

  it("takes effect inside the append, and nothing is appended when a handler fails", async () => {
    await using scene = await open()
    const { store } = scene
    const before = inline(balances, ledgers)
    await store.append(alice, [opened({ owner: "Alice" }), deposited({ cents: 500 })], { before })
    await store.append(alice, [transferred({ to: "bob", cents: 5 })], { before })
    expect(await balancesModel.in(store).get("alice")).toMatchObject({ version: 1, value: { cents: 500 } })
    expect((await ledgersModel.in(store).get("bob"))?.value.cents).toBe(5)

    const picky = defineDocumentProjection("picky", {
      into: defineReadModel("picky", type<{ cents: number }>()),
      events: [deposited],
      initial: () => ({ cents: 0 }),
      on: {
        deposited: (_document, { data }) => {
          if (data.cents === 13) throw new Error("not thirteen")
        },
      },
    })
    const failed = store.append(alice, [deposited({ cents: 13 })], { before: inline(balances, picky) })
    await expect(failed).rejects.toThrow("not thirteen")
    expect(await store.streamVersion(alice)).toBe(3)
    expect((await balancesModel.in(store).get("alice"))?.value.cents).toBe(500)
  })

  it("takes effect inside a repository's saves", async () => {
    await using scene = await open()
    const account = defineDecider("account", {
      events: [opened, deposited],
      initial: () => 0,
      evolve: { opened: (cents) => cents, deposited: (cents, { data }) => cents + data.cents },
      decide: { deposit: (_cents, cents: number) => deposited({ cents }) },
    })
    const repository = createRepository(scene.store, account, { before: inline(balances, totals) })
    await repository.execute("alice", "deposit", 5)
    await repository.execute("bob", "deposit", 6)
    expect((await balancesModel.in(scene.store).get("alice"))?.value.cents).toBe(5)
    expect((await totalsModel.in(scene.store).get("all"))?.value).toEqual({ events: 2, cents: 11 })
  })

  it("sees the end of a discarded stream", async () => {
    await using scene = await open()
    const account = defineDecider("account", {
      events: [deposited],
      initial: () => 0,
      evolve: { deposited: (cents, { data }) => cents + data.cents },
      decide: { deposit: (_cents, cents: number) => deposited({ cents }) },
    })
    const remaining = defineReadModel("remaining", type<{ cents: number }>())
    const projection = defineDocumentProjection("remaining", {
      into: remaining,
      events: [deposited, discarded],
      initial: () => ({ cents: 0 }),
      on: { deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }), $discarded: () => deleted },
    })
    const repository = createRepository(scene.store, account, { before: inline(projection) })
    for (const id of ["alice", "bob"]) await repository.execute(id, "deposit", 5)
    await repository.discard("alice")
    expect((await remaining.in(scene.store).find()).documents).toMatchObject([{ id: "bob" }])
    expect([...(await foldDocuments(scene.store, projection)).keys()]).toEqual(["bob"])
  })

  it("loses nothing when many appends write one document at the same time", async () => {
    await using scene = await open()
    const { store } = scene
    const before = inline(totals)
    const append = async (n: number): Promise<void> => {
      try {
        await store.append(accounts.stream(`a${n}`), [deposited({ cents: n })], { before })
      } catch (error) {
        // What may succeed when tried again must say so.
        expect(error).toMatchObject({ code: "STORE_BUSY", retryable: true })
        await append(n)
      }
    }
    await Promise.all(Array.from({ length: 20 }, (_, n) => append(n)))
    expect((await totalsModel.in(store).get("all"))?.value).toEqual({ events: 20, cents: 190 })
  })

  it("folds into what another transaction committed meanwhile, instead of overwriting it", async () => {
    await using scene = await open()
    const { store } = scene
    const model = balancesModel.name
    const { signal } = new AbortController()
    await store.append(alice, [deposited({ cents: 1 }), closed({ reason: "" })])
    await store.append(bob, [deposited({ cents: 1 })])
    const events = await store.readAll({ ...balances.filter, events: balances.events }).toArray()
    const applyWhileOthersSave = (others: readonly number[], count: number) =>
      store.transaction(async (unitOfWork) => {
        const left = [...others]
        const readModels = {
          ...unitOfWork.readModels,
          saveMany: (async (name, documents) => {
            for (const { id } of documents) {
              const cents = left.shift()
              if (cents !== undefined)
                await unitOfWork.readModels.save(name, id, { owner: "", cents, history: [] })
            }
            return unitOfWork.readModels.saveMany(name, documents)
          }) as typeof unitOfWork.readModels.saveMany,
        }
        await balances.target.apply({ ...unitOfWork, readModels }, "live", events.slice(0, count), signal)
      })
    await applyWhileOthersSave([100, 200], 1)
    expect(await store.readModels.get(model, "alice")).toMatchObject({
      value: { cents: 201, history: ["+1"] },
    })
    await applyWhileOthersSave([300], 2)
    expect(await store.readModels.get(model, "alice")).toBeUndefined()
    await expect(applyWhileOthersSave(Array(50).fill(7), 1)).rejects.toMatchObject({
      code: "STORE_BUSY",
      retryable: true,
    })
    expect(await store.readModels.get(model, "alice")).toBeUndefined()
  })

  it("writes documents in one order everywhere, so that no transactions wait for each other in a circle", async () => {
    await using scene = await open()
    const { store } = scene
    const saved: string[] = []
    for (const from of ["b", "a", "d", "c"]) {
      await store.append(accounts.stream(from), [transferred({ to: from === "b" ? "a" : "e", cents: 1 })], {
        before: async (unitOfWork, events) => {
          const saveMany: typeof unitOfWork.readModels.saveMany = (name, documents) => {
            saved.push(...documents.map(({ id }) => id))
            return unitOfWork.readModels.saveMany(name, documents)
          }
          await inline(ledgers)({ ...unitOfWork, readModels: { ...unitOfWork.readModels, saveMany } }, events)
        },
      })
    }
    expect(saved).toEqual(["a", "b", "a", "e", "d", "e", "c", "e"])
  })

  it("folds documents on demand, up to a position", async () => {
    await using scene = await open()
    const { store } = scene
    const { position } = await store.append(alice, [opened({ owner: "Alice" }), deposited({ cents: 500 })])
    await store.append(alice, [transferred({ to: "bob", cents: 10 }), deposited({ cents: 1 })])
    await store.append(bob, [deposited({ cents: 7 }), closed({ reason: "" })])
    expect(await foldDocument(store, balances, "alice")).toMatchObject({ owner: "Alice", cents: 501 })
    expect(await foldDocument(store, balances, "alice", { until: position })).toMatchObject({ cents: 500 })
    expect(await foldDocument(store, balances, "bob")).toBeUndefined()
    expect(await foldDocument(store, balances, "nobody")).toBeUndefined()
    expect(await foldDocument(store, ledgers, "alice")).toMatchObject({ cents: 491 })
    expect(await foldDocument(store, ledgers, "alice", { until: position })).toMatchObject({ cents: 500 })
    expect([...(await foldDocuments(store, balances)).keys()]).toEqual(["alice"])
    const before = await foldDocuments(store, ledgers, { until: position })
    expect(before).toEqual(new Map([["alice", { cents: 500, entries: ["account:500"] }]]))
    // Also of what a unit of work has appended.
    await store.transaction(async ({ events }) => {
      await events.append(alice, [deposited({ cents: 99 })])
      expect(await foldDocument(events, balances, "alice")).toMatchObject({ cents: 600 })
    })
  })

  it("knows events by the names that they had before", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(streamId("account", "alice"), [{ type: "paid-in", data: { cents: 5 } }])
    await catchUp(store, projectionSubscription(balances))
    expect((await balancesModel.in(store).get("alice"))?.value.cents).toBe(5)
    expect(await foldDocument(store, balances, "alice")).toMatchObject({ cents: 5 })
  })

  it("takes only events of its categories and with its tags, in whatever way it runs", async () => {
    await using scene = await open()
    const { store } = scene
    const largeModel = defineReadModel("large", type<{ cents: number[] }>())
    const large = defineDocumentProjection("large", {
      into: largeModel,
      events: [deposited],
      categories: ["account"],
      tags: ["large"],
      initial: () => ({ cents: [] }),
      on: { deposited: ({ cents }, { data }) => ({ cents: [...cents, data.cents] }) },
    })
    const savings = streamId("savings", "alice")
    for (const stream of [alice, savings]) {
      const events = [deposited({ cents: 1 }), deposited({ cents: 1000 }), deposited({ cents: 2000 })]
      await store.append(stream as typeof alice, events, { before: inline(large) })
    }
    const expected = { cents: [1000, 2000] }
    expect((await largeModel.in(store).get("alice"))?.value).toEqual(expected)
    expect(await foldDocument(store, large, "alice")).toEqual(expected)
    await largeModel.in(store).delete("alice")
    await catchUp(store, projectionSubscription(large))
    expect((await largeModel.in(store).get("alice"))?.value).toEqual(expected)
  })

  it("makes documents of the tenant whose events they are, whoever reads them", async () => {
    await using scene = await open()
    const { store } = scene
    const tenants = ["red", "blue", ""]
    for (const tenant of tenants) {
      const before = inline(totals)
      await store.forTenant(tenant).append(alice, [deposited({ cents: tenant.length })], { before })
    }
    await catchUp(store, projectionSubscription(balances))
    for (const tenant of tenants) {
      const own = store.forTenant(tenant)
      const expected = { owner: "", cents: tenant.length, history: [`+${tenant.length}`] }
      expect((await balancesModel.in(own).get("alice"))?.value).toEqual(expected)
      expect(await foldDocument(own, balances, "alice")).toEqual(expected)
      expect(await foldDocuments(own, ledgers)).toMatchObject(new Map([["alice", { cents: tenant.length }]]))
      expect((await totalsModel.in(own).get("all"))?.value).toEqual({ events: 1, cents: tenant.length })
    }
    // A store's own handle is that of tenant "".
    expect((await balancesModel.in(store).get("alice"))?.value.cents).toBe(0)
    expect(await foldDocument(store, balances, "alice")).toMatchObject({ cents: 0 })
    expect(await foldDocuments(store, ledgers)).toMatchObject(new Map([["alice", { cents: 0 }]]))
    // What is done to copies is done to those of all tenants, but through the handle of a tenant.
    const { target } = balances
    await store.transaction((unitOfWork) => target.swap(unitOfWork, "live", "other"))
    await store.forTenant("red").transaction((unitOfWork) => target.swap(unitOfWork, "other", "live"))
    await store.transaction((unitOfWork) => target.drop(unitOfWork, "other"))
    const found = await Promise.all(
      tenants.map((tenant) => balancesModel.in(store.forTenant(tenant)).get("alice")),
    )
    expect(found.map((row) => row?.value.cents)).toEqual([3, undefined, undefined])
  })

  it("refuses a document that its schema doesn't take", async () => {
    await using scene = await open()
    const positive = defineDocumentProjection("positive", {
      into: defineReadModel("positive", z.object({ cents: z.number().min(0) })),
      events: [deposited],
      initial: () => ({ cents: 0 }),
      on: { deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }) },
    })
    const before = inline(positive)
    await scene.store.append(alice, [deposited({ cents: 5 })], { before })
    const failed = scene.store.append(alice, [deposited({ cents: -6 })], { before })
    await expect(failed).rejects.toMatchObject({ code: "INVALID_VALUE", path: "value.cents" })
    expect(await scene.store.streamVersion(alice)).toBe(1)
  })

  it("tells the observer of each projection that it runs inside an append", async () => {
    const observer = createRecordingObserver()
    await using scene = await open({ observer })
    await scene.store.append(alice, [opened({ owner: "" }), transferred({ to: "bob", cents: 1 })], {
      before: inline(balances, ledgers),
    })
    await scene.store.append(alice, [transferred({ to: "bob", cents: 1 })], { before: inline(balances) })
    expect(observer.named("project")).toMatchObject([
      { subject: "balances", eventTypes: ["opened"], eventCount: 1 },
      { subject: "ledgers", eventTypes: ["transferred"] },
    ])
  })

  it("keeps copies apart, and puts one in place of another", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(alice, [deposited({ cents: 1 })], { before: inline(balances) })
    await store.append(bob, [deposited({ cents: 2 })])
    const { target, events, filter } = balances
    const bobs = await store.readAll({ ...filter, events, after: 1 }).toArray()
    const { signal } = new AbortController()
    await store.transaction(async (unitOfWork) => {
      await target.create(unitOfWork, "other")
      await target.apply(unitOfWork, "other", bobs, signal)
    })
    expect(await balancesModel.in(store).get("bob")).toBeUndefined()
    await store.transaction((unitOfWork) => target.swap(unitOfWork, "other", "live"))
    expect((await balancesModel.in(store).find()).documents).toMatchObject([
      { id: "bob", value: { cents: 2 } },
    ])
    await store.transaction(async (unitOfWork) => {
      await target.apply(unitOfWork, "other", bobs, signal)
      await target.drop(unitOfWork, "other")
    })
    expect((await balancesModel.in(store).find()).documents).toHaveLength(1)
    const odd = store.transaction((unitOfWork) => target.create(unitOfWork, "Odd name"))
    await expect(odd).rejects.toMatchObject({ code: "INVALID_OPTION", path: "copy" })
  })
})

describe("a projection into documents", () => {
  it("can be tested as a pure projection", () => {
    given(balances, [opened({ owner: "Alice" }), deposited({ cents: 5 })]).thenState({
      owner: "Alice",
      cents: 5,
      history: ["opened", "+5"],
    })
    given(balances, [opened({ owner: "Alice" }), closed({ reason: "" })]).thenState(deleted)
  })

  it("is checked when it is defined", () => {
    const options = {
      into: balancesModel,
      events: [opened],
      initial: () => ({ owner: "", cents: 0, history: [] }),
      on: { opened: () => deleted },
    } as const
    const define = (wrong: object) => () => defineDocumentProjection("p", { ...options, ...wrong })
    const refused: [object, string][] = [
      [{ version: 0 }, "version"],
      [{ version: 1.5 }, "version"],
      [{ categories: [] }, "categories"],
      [{ tags: "large" }, "tags"],
      [{ into: "balances" }, "into"],
      [{ initial: {} }, "initial"],
      [{ on: {} }, "on"],
      [{ on: { shipped: () => deleted } }, "on"],
    ]
    for (const [wrong, path] of refused)
      expect(define(wrong), JSON.stringify(wrong)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", path }),
      )
    expect(define({})()).toMatchObject({
      name: "p",
      version: 1,
      types: ["opened"],
      filter: { types: ["opened"] },
    })
    expect(define({ version: 2 })().version).toBe(2)
  })

  it("reads a document's own stream only, past events that it doesn't know", async () => {
    const { openMemoryScene } = await import("../subjects/memory-scene.ts")
    await using scene = openMemoryScene()
    const unknown = defineEvent("renamed", type<{ owner: string }>())
    await scene.store.append(streamId("account", "alice"), [unknown({ owner: "A" }), deposited({ cents: 5 })])
    await scene.store.append(bob, [deposited({ cents: 5 })])
    expect(await foldDocument(scene.store, balances, "alice")).toMatchObject({ cents: 5 })
    expect(scene.reads).toEqual([])
  })
})
