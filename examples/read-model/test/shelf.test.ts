import { createMemoryStore } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import {
  createSubscription,
  deleted,
  foldDocument,
  foldDocuments,
  projectionSubscription,
} from "@annals/subscriptions"
import { given } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { acquired, books, discarded, lent, returned } from "../src/book-events.ts"
import { shelf, shelfProjection } from "../src/shelf.ts"

const emma = acquired({ title: "Emma" })

describe("a book on the shelf", () => {
  it("is with whoever borrowed it last", () => {
    given(shelfProjection, [emma, lent({ to: "Ada" }), returned({}), lent({ to: "Grace" })]).thenState({
      title: "Emma",
      lentTo: "Grace",
      timesLent: 2,
    })
  })

  it("is here again when it was returned", () => {
    given(shelfProjection, [emma, lent({ to: "Ada" }), returned({})]).thenState({
      title: "Emma",
      lentTo: null,
      timesLent: 1,
    })
  })

  it("goes when it is discarded", () => {
    given(shelfProjection, [emma, discarded({})]).thenState(deleted)
  })
})

describe("the shelf", () => {
  it("follows what is appended, and finds what is asked for", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    await store.append(books.stream("emma"), [emma, lent({ to: "Ada" })])
    await using keepingShelf = createSubscription(store, projectionSubscription(shelfProjection))
    await keepingShelf.start()
    const { position } = await store.append(books.stream("ulysses"), [acquired({ title: "Ulysses" })])
    await keepingShelf.waitFor(position)
    const { documents } = await shelf.in(store).find({ where: { lentTo: { missing: true } } })
    expect(documents.map(({ id }) => id)).toEqual(["ulysses"])
    const kept = (await shelf.in(store).find()).documents.map(({ id, value }) => [id, value] as const)
    expect(new Map(kept)).toEqual(await foldDocuments(store, shelfProjection))
  })

  it("can also be folded when somebody asks, with nothing stored or running", async () => {
    await using store = createMemoryStore()
    const { position } = await store.append(books.stream("emma"), [emma, lent({ to: "Ada" })])
    await store.append(books.stream("emma"), [returned({})])
    expect(await foldDocument(store, shelfProjection, "emma")).toMatchObject({ lentTo: null })
    expect(await foldDocument(store, shelfProjection, "emma", { until: position })).toMatchObject({
      lentTo: "Ada",
    })
  })
})
