import { createMemoryStore, createRepository } from "@annals/core"
import { given } from "@annals/testing"
import { expect, it } from "vitest"
import { copies } from "../src/application/copies.ts"

const acquired = { type: "acquired", data: { title: "Ulysses" } } as const

it("the library's answers become events", () => {
  given(copies, [acquired])
    .when("lend", { reader: "Ada", today: "2026-03-01" })
    .thenEvents([{ type: "lent", data: { reader: "Ada", dueOn: "2026-03-29" } }])
})

it("the library's no becomes a refusal", () => {
  given(copies).when("lend", { reader: "Ada", today: "2026-03-01" }).thenRefused("not-ours")
})

it("a copy is known again from its stream", async () => {
  await using store = createMemoryStore()
  const library = createRepository(store, copies)
  await library.execute("4711", "acquire", { title: "Ulysses" })
  await library.execute("4711", "lend", { reader: "Ada", today: "2026-03-01" })
  const { state, version } = await library.load("4711")
  expect(version).toBe(2)
  expect(state).toMatchObject({ is: "lent", title: "Ulysses", reader: "Ada", dueOn: "2026-03-29" })
})
