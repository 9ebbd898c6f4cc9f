import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { eventually, settle } from "../subjects/waiting.ts"

const program = fileURLToPath(new URL("../processes/run-and-stop.ts", import.meta.url))

/** Resolves when the process has ended by itself; one that doesn't is killed, which fails. */
async function run(...given: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...given], { timeout: 30_000 })
  return stdout
}

describe("a subscription that was stopped", () => {
  it("leaves no sleeper, no lease and no listener behind", async () => {
    await using scene = openMemoryScene()
    const definition = defineSubscription("s", {
      events: [counted],
      retry: { delayMs: 1000 },
      handle: () => Promise.reject(new Error("no")),
    })
    const instances = [await scene.run(definition), await scene.run(definition)]
    const waiting = instances.map((one) => one.waitFor(1).catch(() => {}))
    await count(scene.store, "a", 1)
    await eventually(() => expect(instances[0]?.status().state).toBe("retrying"))
    await Promise.all(instances.map((one) => one.stop()))
    await Promise.all(waiting)
    await settle()
    expect(scene.clock.sleepers).toBe(0)
    const { owners, leases } = await scene.store.leases.inspect("s")
    expect([owners, leases]).toEqual([[], []])
  })

  it("leaves no timer behind either that looks after parked streams or saves", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        onFailure: "park",
        retry: { attempts: 1 },
        checkpointEvery: { events: 1000, ms: 3_600_000 },
        handle: ({ data }) => {
          if (data.n === 1) throw new Error("no")
        },
      }),
    )
    await subscription.waitFor(await count(scene.store, "a", 1))
    await subscription.waitFor(await count(scene.store, "b", 2))
    await subscription.stop()
    await settle()
    expect(scene.clock.sleepers).toBe(0)
  })

  it("lets the process end, on sqlite", { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "annals-subscriptions-"))
    try {
      expect(await run("sqlite", join(folder, "store.db"))).toBe("handled 3")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

usingService("postgres", (url) => {
  it("lets the process end, and leaves no connection", { timeout: 60_000 }, async () => {
    const schema = `subscriptions_${randomBytes(6).toString("hex")}`
    expect(await run("postgres", url, schema)).toBe("handled 3")
    await using store = createPostgresStore({ connectionString: url, schema, migrate: "auto" })
    await store.transaction(({ tx }) => tx.query(`DROP SCHEMA "${schema}" CASCADE`))
  })
})
