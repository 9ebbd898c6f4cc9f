import { expect, it } from "vitest"
import {
  createSubscriptionManager,
  defineSubscription,
  type SubscriptionDefinition,
} from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually } from "../subjects/waiting.ts"

/** What each of several subscriptions saw, by name. */
function seeing(...names: string[]) {
  const seen: Record<string, string[]> = Object.fromEntries(names.map((name) => [name, []]))
  const subscriptions: SubscriptionDefinition[] = names.map((name) =>
    defineSubscription(name, { events: [counted], handle: (event) => void seen[name]?.push(label(event)) }),
  )
  return { seen, subscriptions }
}

describeStores("a manager", (open) => {
  it("runs many, waits for all, and stops all", async () => {
    await using scene = await open()
    await count(scene.store, "a", 1)
    const { seen, subscriptions } = seeing("one", "two", "three")
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions }))
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 2))
    expect(seen).toEqual({ one: ["a1", "a2"], two: ["a1", "a2"], three: ["a1", "a2"] })
    await manager.stop()
    await count(scene.store, "a", 3)
    expect(manager.status().map(({ name, state }) => `${name} ${state}`)).toEqual([
      "one stopped",
      "two stopped",
      "three stopped",
    ])
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 4))
    for (const labels of Object.values(seen)) expect(labels).toEqual(["a1", "a2", "a3", "a4"])
  })

  it("pauses and resumes one of them, while the others go on", async () => {
    await using scene = await open()
    const { seen, subscriptions } = seeing("one", "two")
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions }))
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 1))
    manager.pause("one")
    await eventually(() => expect(manager.status().map(({ state }) => state)).toContain("paused"))
    const position = await count(scene.store, "a", 2)
    await eventually(() => expect(seen.two).toEqual(["a1", "a2"]))
    expect(seen.one).toEqual(["a1"])
    manager.resume("one")
    await manager.waitFor(position)
    expect(seen.one).toEqual(["a1", "a2"])
  })

  it("lets none of them suffer from the errors or the slowness of another", async () => {
    await using scene = await open()
    const { seen, subscriptions } = seeing("good")
    const gate = createGate()
    const failing = defineSubscription("failing", {
      events: [counted],
      retry: { attempts: 3, delayMs: 1 },
      handle: () => Promise.reject(new Error("no")),
    })
    const retrying = defineSubscription("retrying", {
      events: [counted],
      retry: { attempts: 1000, delayMs: 3_600_000 },
      handle: () => Promise.reject(new Error("not yet")),
    })
    const slow = defineSubscription("slow", { events: [counted], handle: () => gate.pass() })
    const all = [failing, retrying, slow, ...subscriptions]
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions: all }))
    await manager.start()
    await count(scene.store, "a", ...upTo(5))
    await eventually(() => expect(seen.good).toEqual(upTo(5).map((n) => `a${n}`)))
    const state = (name: string) => manager.status().find((one) => one.name === name)?.state
    await eventually(() => expect([state("failing"), state("retrying")]).toEqual(["failed", "retrying"]))
    await count(scene.store, "a", 6)
    await eventually(() => expect(seen.good).toEqual(upTo(6).map((n) => `a${n}`)))
    gate.open()
    await manager.stop()
    expect(seen.good).toHaveLength(6)
  })

  it("runs beside another of another process: each subscription is active once", async () => {
    await using scene = await open()
    const [here, there] = [seeing("one", "two"), seeing("one", "two")]
    const managers = [
      createSubscriptionManager(scene.store, { subscriptions: here.subscriptions }),
      createSubscriptionManager(scene.otherHandle(), { subscriptions: there.subscriptions }),
    ].map((manager) => scene.keep(manager))
    for (const manager of managers) await manager.start()
    const position = await count(scene.store, "a", ...upTo(10))
    for (const manager of managers) await manager.waitFor(position)
    for (const name of ["one", "two"]) {
      const both = [...(here.seen[name] ?? []), ...(there.seen[name] ?? [])]
      expect(both).toEqual(upTo(10).map((n) => `a${n}`))
    }
  })
})
