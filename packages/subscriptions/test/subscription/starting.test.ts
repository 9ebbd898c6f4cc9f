import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { EventStore } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { createSubscription, defineSubscription } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { eventually, failureOf } from "../subjects/waiting.ts"

const idle = defineSubscription("s", { events: [counted], handle: () => {} })

describe("starting a subscription", () => {
  it("does nothing with the store before", async () => {
    await using scene = openMemoryScene()
    scene.create(idle).status()
    expect(scene.looks()).toBe(0)
    expect(await scene.store.leases.inspect("s")).toMatchObject({ owners: [] })
  })

  it("fails with what keeps the store from opening, and can be tried again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "annals-subscriptions-"))
    try {
      await using store = createSqliteStore({ file: join(folder, "missing", "store.db") })
      const subscription = createSubscription(store as EventStore, idle)
      const error = await failureOf(subscription.start())
      expect(error.code).toMatch(/^STORE_|^NOT_A_STORE$/)
      expect(await failureOf(subscription.start())).toMatchObject({ code: error.code })
      await subscription.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("of one that runs already starts nothing beside it", async () => {
    await using scene = openMemoryScene()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      handle: (event) => void seen.push(label(event)),
    })
    const subscription = scene.create(definition)
    await Promise.all([subscription.start(), subscription.start()])
    await subscription.start().catch(() => {})
    await subscription.waitFor(await count(scene.store, "a", ...upTo(5)))
    expect(seen).toEqual(upTo(5).map((n) => `a${n}`))
    const { owners } = await scene.store.leases.inspect("s")
    expect(owners).toHaveLength(1)
  })

  it("works after a stop that came while it was paused", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(idle)
    subscription.pause()
    await eventually(() => expect(subscription.status().state).toBe("paused"))
    await subscription.stop()
    await subscription.start()
    await subscription.waitFor(await count(scene.store, "a", 1))
    expect(subscription.status().handled).toBe(1)
  })

  it.for([
    [{ instance: "" }, "INVALID_NAME"],
    [{ leaseTtlMs: 0 }, "INVALID_OPTION"],
    [{ leaseTtlMs: Number.NaN }, "INVALID_OPTION"],
    [{ pollIntervalMs: -1 }, "INVALID_OPTION"],
    [{ pollIntervalMs: 1.5 }, "INVALID_OPTION"],
  ] as const)("refuses options that make no sense: %j", ([options, code]) => {
    const { store } = openMemoryScene()
    expect(() => createSubscription(store, idle, options)).toThrow(expect.objectContaining({ code }))
  })
})
