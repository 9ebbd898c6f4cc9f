import { createMemoryStore, defineEvent, type } from "@annals/core"
import { expect, it } from "vitest"
import {
  createDeadlineRunner,
  createSubscriptionManager,
  defineProcessManager,
  defineSubscription,
} from "../../src/index.ts"
import { eventually } from "../subjects/waiting.ts"
import { ask, reminders, said } from "./reminders.ts"

const happened = defineEvent("happened", type<Record<string, never>>())
const withoutDeadlines = defineProcessManager("without-deadlines", {
  listensTo: [happened],
  correlate: ({ stream }) => stream.id,
  events: [],
  initial: () => null,
  evolve: {},
  on: { happened: () => [] },
})
const plain = defineSubscription("plain", { handle: () => {} })

it("is brought by a manager for a process manager with deadlines", async () => {
  await using store = createMemoryStore()
  await using manager = createSubscriptionManager(store, { subscriptions: [plain, reminders] })
  await manager.start()
  await ask(store, "a", store.clock.now(), "now")
  await eventually(async () => expect(await said(store)).toEqual(["now"]))
  expect(manager.status().map(({ name }) => name)).toEqual(["plain", "reminders", "deadlines"])
})

it("is not brought where none is needed", () => {
  const store = createMemoryStore()
  const manager = createSubscriptionManager(store, { subscriptions: [plain, withoutDeadlines] })
  expect(manager.status().map(({ name }) => name)).toEqual(["plain", "without-deadlines"])
})

it("is not brought where one is given", () => {
  const store = createMemoryStore()
  const runners = [createDeadlineRunner(store, { pollIntervalMs: 50 })]
  const manager = createSubscriptionManager(store, { subscriptions: [reminders], runners })
  expect(manager.status().map(({ name }) => name)).toEqual(["reminders", "deadlines"])
})
