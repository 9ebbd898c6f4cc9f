import { createMemoryStore, createRepository, isRefused } from "@annals/core"
import { expect, it } from "vitest"
import { copies } from "../src/application/copies.ts"

it("the library's answers become events of the copy's stream", async () => {
  await using store = createMemoryStore()
  const library = createRepository(store, copies)
  await library.execute("4711", "acquire", { title: "Ulysses" })
  const { state, version } = await library.execute("4711", "lend", { reader: "Ada", today: "2026-03-01" })
  expect(version).toBe(2)
  expect(state).toMatchObject({ is: "lent", title: "Ulysses", reader: "Ada", dueOn: "2026-03-29" })
})

it("the library's no becomes a refusal, and nothing is recorded", async () => {
  await using store = createMemoryStore()
  const library = createRepository(store, copies)
  const refusal = await library
    .execute("4711", "lend", { reader: "Ada", today: "2026-03-01" })
    .catch((error) => error)
  expect(isRefused(refusal, "not-ours")).toBe(true)
  expect(await library.version("4711")).toBe(0)
})
