import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { severable } from "../subjects/severable-store.ts"
import { describePostgres, describeStores } from "../subjects/stores.ts"
import { advanceUntil, createGate, eventually, settle } from "../subjects/waiting.ts"

/** Of who is to die: soon over, and not before its time on a busy machine. */
const mortalMs = 1_500
/** Of who takes over: a third of it apart it looks whether there is something to take. */
const heirMs = 3_000

const tallying = defineSubscription("tally", {
  events: [counted],
  transactional: true,
  retry: { delayMs: 1 },
  handle: (event, { unitOfWork }) => tally(unitOfWork, event),
})

describeStores("one of several instances is active", (open) => {
  it("while the others stand by, and one of these takes over at once when it stops", async () => {
    await using scene = await open()
    const first = await scene.run(tallying, { instance: "first", leaseTtlMs: 60_000 })
    await eventually(() => expect(first.status().slots).toBe(1024))
    const others = [
      await scene.run(tallying, { store: scene.otherHandle(), instance: "second", leaseTtlMs: 600 }),
      await scene.run(tallying, { store: scene.otherHandle(), instance: "third", leaseTtlMs: 600 }),
    ]
    await first.waitFor(await count(scene.store, "a", 1, 2))
    for (const other of others) {
      expect(other.status()).toMatchObject({
        state: "standing-by",
        slots: 0,
        position: undefined,
        handled: 0,
      })
    }
    await first.stop()
    const position = await count(scene.store, "a", 3)
    await others[0]?.waitFor(position)
    await others[1]?.waitFor(position)
    expect(others.map((other) => other.status().slots).sort()).toEqual([0, 1024])
    expect(await readTally(scene.store)).toEqual(once("a1", "a2", "a3"))
  })

  it("until it dies: another takes over when its lease has run out, and the dead one commits nothing any more", async () => {
    await using scene = await open()
    const { store, cut, mend } = severable(scene.otherHandle())
    const gate = createGate()
    const seen: string[] = []
    const seeing = (instance: string) =>
      defineSubscription("s", {
        events: [counted],
        checkpointEvery: { events: 1 },
        retry: { delayMs: 1 },
        handle: async (event) => {
          if (instance === "zombie" && event.data.n === 2) await gate.pass()
          seen.push(`${instance} ${label(event)}`)
        },
      })
    const zombie = await scene.run(seeing("zombie"), { store, leaseTtlMs: mortalMs })
    const position = await count(scene.store, "a", 1, 2, 3)
    await gate.reached
    cut()
    const heir = await scene.run(seeing("heir"), { leaseTtlMs: heirMs })
    await heir.waitFor(position)
    const saved = async () => (await scene.store.checkpoints.load("s")).map((one) => one.position)
    await eventually(async () => expect(await saved()).toEqual([position]))
    mend()
    gate.open()
    await eventually(() => expect(zombie.status()).toMatchObject({ state: "standing-by", slots: 0 }))
    expect(await saved()).toEqual([position])
    await heir.waitFor(await count(scene.store, "a", 4))
    expect(seen.filter((one) => one.startsWith("heir"))).toEqual(["heir a2", "heir a3", "heir a4"])
    expect(seen.filter((one) => one.startsWith("zombie"))).toEqual(["zombie a1", "zombie a2"])
    expect(heir.status().slots).toBe(1024)
  })

  it("and the dead one's checkpoint isn't saved even where it would still fit: the heir isn't through yet", async () => {
    await using scene = await open()
    const { store, cut, mend } = severable(scene.otherHandle())
    const gates = { zombie: createGate(), heir: createGate() }
    const holding = (instance: "zombie" | "heir") =>
      defineSubscription("s", {
        events: [counted],
        checkpointEvery: { events: 1 },
        retry: { delayMs: 1 },
        handle: ({ data }) => (data.n === 2 ? gates[instance].pass() : undefined),
      })
    const saved = async () => (await scene.store.checkpoints.load("s")).map((one) => one.position)
    const zombie = await scene.run(holding("zombie"), { store, leaseTtlMs: mortalMs })
    const first = await count(scene.store, "a", 1)
    await eventually(async () => expect(await saved()).toEqual([first]))
    const second = await count(scene.store, "a", 2)
    await gates.zombie.reached
    cut()
    const heir = await scene.run(holding("heir"), { leaseTtlMs: heirMs })
    await gates.heir.reached
    mend()
    gates.zombie.open()
    await eventually(() => expect(zombie.status()).toMatchObject({ state: "standing-by", slots: 0 }))
    expect(await saved()).toEqual([first])
    gates.heir.open()
    await heir.waitFor(second)
    await eventually(async () => expect(await saved()).toEqual([second]))
  })

  it("and the dead one takes nothing out of the dead letters that its heir is to replay", async () => {
    await using scene = await open()
    const { store, cut, mend } = severable(scene.otherHandle())
    const gates = { zombie: createGate(), heir: createGate() }
    const replaying = (instance: "zombie" | "heir") =>
      defineSubscription("s", {
        events: [counted],
        onFailure: "park",
        retry: { attempts: 1 },
        handle: (_event, { replayed }) => {
          if (replayed) return gates[instance].pass()
          throw new Error("no")
        },
      })
    const zombie = await scene.run(replaying("zombie"), { store, leaseTtlMs: mortalMs })
    await zombie.waitFor(await count(scene.store, "a", 1))
    await zombie.deadLetters.requeue()
    await gates.zombie.reached
    cut()
    const heir = await scene.run(replaying("heir"), { leaseTtlMs: heirMs })
    await gates.heir.reached
    mend()
    gates.zombie.open()
    await eventually(() => expect(zombie.status()).toMatchObject({ state: "standing-by", slots: 0 }))
    expect(await heir.deadLetters.list()).toHaveLength(1)
    gates.heir.open()
    await eventually(async () => expect(await heir.deadLetters.list()).toEqual([]))
  })

  it("hands over what is paused only when it is stopped", async () => {
    await using scene = await open()
    const first = await scene.run(tallying, { instance: "first", leaseTtlMs: 60_000 })
    await first.waitFor(await count(scene.store, "a", 1))
    const second = await scene.run(tallying, { store: scene.otherHandle(), leaseTtlMs: 600 })
    first.pause()
    await eventually(() => expect(first.status().state).toBe("paused"))
    const position = await count(scene.store, "a", 2)
    expect(second.status().slots).toBe(0)
    await first.stop()
    await second.waitFor(position)
    expect(await readTally(scene.store)).toEqual(once("a1", "a2"))
  })
})

describePostgres("a transaction that is still open when its lease is another's", (open) => {
  it("is rolled back, however late it gets to its end", async () => {
    await using scene = await open()
    const { store, cut, mend } = severable(scene.otherHandle())
    const gate = createGate()
    const writing = (instance: string) =>
      defineSubscription("s", {
        events: [counted],
        transactional: true,
        timeoutMs: 3_600_000,
        retry: { delayMs: 1 },
        handle: async (event, { unitOfWork }) => {
          await unitOfWork.readModels.save("effects", `${label(event)} by ${instance}`, {})
          if (instance === "zombie" && event.data.n === 2) await gate.pass()
        },
      })
    const zombie = await scene.run(writing("zombie"), { store, leaseTtlMs: mortalMs })
    await zombie.waitFor(await count(scene.store, "a", 1))
    const position = await count(scene.store, "a", 2)
    await gate.reached
    cut()
    const heir = await scene.run(writing("heir"), { leaseTtlMs: heirMs })
    await heir.waitFor(position)
    mend()
    gate.open()
    await eventually(() => expect(zombie.status()).toMatchObject({ state: "standing-by", slots: 0 }))
    await heir.waitFor(await count(scene.store, "a", 3))
    const { rows } = await scene.store.readModels.find("effects")
    expect(rows.map(({ id }) => id)).toEqual(["a1 by zombie", "a2 by heir", "a3 by heir"])
    expect((await scene.store.checkpoints.load("s")).map((one) => one.position)).toEqual([position + 1])
  })
})

describe("the lease of the active instance", () => {
  it("is kept while it is merely slow, and while it is idle", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const definition = defineSubscription("s", {
      events: [counted],
      timeoutMs: 3_600_000,
      handle: () => gate.pass(),
    })
    const first = await scene.run(definition, { leaseTtlMs: 5000 })
    await eventually(() => expect(first.status().slots).toBe(1024))
    const second = await scene.run(definition, { leaseTtlMs: 5000 })
    for (let second = 0; second < 60; second++) await scene.clock.advance(1000)
    await count(scene.store, "a", 1)
    await gate.reached
    for (let second = 0; second < 60; second++) await scene.clock.advance(1000)
    await settle()
    expect([first.status().slots, second.status().slots]).toEqual([1024, 0])
    gate.open()
    await eventually(() => expect(first.status().handled).toBe(1))
    expect(second.status().handled).toBe(0)
  })

  it("runs out no later than its time to live after the last sign of life", async () => {
    await using scene = openMemoryScene()
    const { store, cut } = severable(scene.otherHandle())
    const first = await scene.run(tallying, { store, leaseTtlMs: 5000 })
    await eventually(() => expect(first.status().slots).toBe(1024))
    const second = await scene.run(tallying, { leaseTtlMs: 5000 })
    cut()
    const from = scene.clock.now()
    await advanceUntil(scene.clock, () => second.status().slots === 1024)
    expect(scene.clock.now() - from).toBeLessThanOrEqual(5000 + 5000 / 3 + 200)
  })

  it("is what a late transaction is checked against: its writes are gone with it", async () => {
    await using scene = openMemoryScene()
    const { store, cut, mend } = severable(scene.otherHandle())
    const first = await scene.run(tallying, { store, leaseTtlMs: 5000 })
    await first.waitFor(await count(scene.store, "a", 1))
    first.pause()
    await eventually(() => expect(first.status().state).toBe("paused"))
    cut()
    const second = await scene.run(tallying, { leaseTtlMs: 5000 })
    const position = await count(scene.store, "a", ...upTo(5).slice(1))
    await advanceUntil(scene.clock, () => second.status().position === position)
    mend()
    first.resume()
    await advanceUntil(scene.clock, () => first.status().state === "standing-by")
    expect(await readTally(scene.store)).toEqual(once(...upTo(5).map((n) => `a${n}`)))
  })
})
