import { type RecordedEvent, slotOf } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription, type Subscription } from "../../src/index.ts"
import { count, counted, label, ofStream, once, readTally, tally, upTo } from "../subjects/counting.ts"
import type { Scene } from "../subjects/scene.ts"
import { severable } from "../subjects/severable-store.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually } from "../subjects/waiting.ts"

const streams = [..."abcdefghijklmnopqrst"]

/** Shared, transactional; `after` is told of each event after its effect. */
const tallying = (after: (event: RecordedEvent) => void = () => {}) =>
  defineSubscription("tally", {
    events: [counted],
    instances: "shared",
    transactional: true,
    checkpointEvery: { events: 5 },
    retry: { delayMs: 1 },
    handle: async (event, { unitOfWork }) => {
      await tally(unitOfWork, event)
      await unitOfWork.readModels.save("order", `${event.stream.id}`, [
        ...(((await unitOfWork.readModels.get("order", event.stream.id))?.value as string[]) ?? []),
        label(event),
      ])
      after(event)
    },
  })

const join = (scene: Scene, instance: string, definition = tallying()) =>
  scene.run(definition, { store: scene.otherHandle(), instance, leaseTtlMs: 1800 })

const slots = (instances: readonly Subscription[]) => instances.map((one) => one.status().slots)

const evenly = (...instances: Subscription[]) =>
  eventually(() => {
    for (const one of slots(instances)) expect(one).toBeGreaterThan(1024 / instances.length - 64)
    expect(slots(instances).reduce((sum, one) => sum + one)).toBe(1024)
  })

async function expectInOrder(scene: Scene, last: number): Promise<void> {
  for (const id of streams) {
    const row = await scene.store.readModels.get("order", id)
    expect(row?.value).toEqual(upTo(last).map((n) => `${id}${n}`))
  }
  expect(await readTally(scene.store)).toEqual(
    once(...streams.flatMap((id) => upTo(last).map((n) => id + n))),
  )
}

describeStores("several instances that share a subscription", (open) => {
  it("share the slots evenly, also when one joins and one leaves", async () => {
    await using scene = await open()
    const first = await join(scene, "first")
    await evenly(first)
    const second = await join(scene, "second")
    await evenly(first, second)
    const third = await join(scene, "third")
    await evenly(first, second, third)
    await first.stop()
    await evenly(second, third)
    expect(first.status().slots).toBe(0)
  })

  it("handle each event once and each stream in order, while instances come and go", async () => {
    await using scene = await open()
    const instances = [await join(scene, "i0"), await join(scene, "i1")]
    for (const n of upTo(12)) {
      for (const id of streams) await count(scene.store, id, n)
      if (n === 3) instances.push(await join(scene, "i2"))
      if (n === 6) await instances.shift()?.stop()
      if (n === 9) instances.push(await join(scene, "i3"))
    }
    await instances[0]?.waitFor(await scene.store.head())
    await expectInOrder(scene, 12)
  })

  it("keep where they are when their number changes: nothing is handled again", async () => {
    await using scene = await open()
    const seen: string[] = []
    const definition = defineSubscription("seen", {
      events: [counted],
      instances: "shared",
      handle: (event) => void seen.push(label(event)),
    })
    for (const [index, instances] of [3, 1, 2].entries()) {
      const running: Subscription[] = []
      for (const instance of upTo(instances))
        running.push(await join(scene, `r${index}i${instance}`, definition))
      for (const id of streams) await count(scene.store, id, index + 1)
      await running[0]?.waitFor(await scene.store.head())
      await Promise.all(running.map((one) => one.stop()))
    }
    expect(seen).toHaveLength(streams.length * 3)
    expect(new Set(seen).size).toBe(streams.length * 3)
    for (const id of streams) expect(ofStream(id, seen)).toEqual([`${id}1`, `${id}2`, `${id}3`])
  })

  it("save before they hand slots over to one that joins: nothing is handled again", async () => {
    await using scene = await open()
    const seen: string[] = []
    const definition = defineSubscription("seen", {
      events: [counted],
      instances: "shared",
      checkpointEvery: { events: 1000, ms: 3_600_000 },
      handle: (event) => void seen.push(label(event)),
    })
    const first = await join(scene, "first", definition)
    for (const id of streams) await count(scene.store, id, 1)
    await first.waitFor(await scene.store.head())
    const second = await join(scene, "second", definition)
    await evenly(first, second)
    for (const id of streams) await count(scene.store, id, 2)
    await Promise.all([first, second].map((one) => one.stop()))
    const last = await join(scene, "last", definition)
    await last.waitFor(await scene.store.head())
    expect(seen).toHaveLength(streams.length * 2)
    for (const id of streams) expect(ofStream(id, seen)).toEqual([`${id}1`, `${id}2`])
  })

  it("catch up with slots that are behind when they take them over, and go on with all of them together", async () => {
    await using scene = await open()
    const seen: string[] = []
    let isBehind = false
    const definition = defineSubscription("seen", {
      events: [counted],
      instances: "shared",
      pageSize: 3,
      handle: async (event) => {
        if (isBehind && event.data.n === 1) {
          isBehind = false // there is more to come for all slots while some are behind
          for (const n of [5, 6]) for (const id of streams) await count(scene.store, id, n)
        }
        seen.push(label(event))
      },
    })
    const [slow, quick] = [await join(scene, "slow", definition), await join(scene, "quick", definition)]
    await evenly(slow, quick)
    slow.pause()
    await eventually(() => expect(slow.status().state).toBe("paused"))
    for (const n of upTo(4)) for (const id of streams) await count(scene.store, id, n)
    const head = await scene.store.head()
    await eventually(() => expect(quick.status().position).toBe(head))
    isBehind = true
    await slow.stop()
    await eventually(() => expect(seen).toHaveLength(streams.length * 6))
    await quick.waitFor(await scene.store.head())
    for (const id of streams) expect(ofStream(id, seen)).toEqual(upTo(6).map((n) => `${id}${n}`))
    await quick.stop()
    const checkpoints = await scene.store.checkpoints.load("seen")
    expect(checkpoints).toEqual([{ slots: { first: 0, last: 1023 }, position: await scene.store.head() }])
  })

  it("take over the slots of one that dies, and nothing of what it does then is committed", async () => {
    await using scene = await open()
    const { store, cut, mend } = severable(scene.otherHandle())
    const zombie = await scene.run(tallying(), { store, instance: "zombie", leaseTtlMs: 900 })
    const heir = await join(scene, "heir")
    await evenly(zombie, heir)
    for (const id of streams) await count(scene.store, id, 1)
    await heir.waitFor(await scene.store.head())
    cut()
    for (const id of streams) await count(scene.store, id, 2)
    await heir.waitFor(await scene.store.head())
    expect(heir.status().slots).toBe(1024)
    mend()
    for (const id of streams) await count(scene.store, id, 3)
    await evenly(zombie, heir)
    await zombie.waitFor(await scene.store.head())
    await expectInOrder(scene, 3)
  })

  it("wait for the slowest in waitFor, whoever is asked", async () => {
    await using scene = await open()
    const [first, second] = [await join(scene, "first", gated()), await join(scene, "second", gated())]
    const gate = createGate()
    let slow = ""
    function gated() {
      return defineSubscription("gated", {
        events: [counted],
        instances: "shared",
        handle: async (event) => {
          if (label(event) === slow) await gate.pass()
        },
      })
    }
    await evenly(first, second)
    slow = "a1"
    await count(scene.store, "a", 1)
    const other = streams.find((id) => slotOf(key(id)) < 512 !== slotOf(key("a")) < 512) ?? "b"
    const position = await count(scene.store, other, 1)
    await gate.reached
    const arrived: string[] = []
    const waiting = [first.waitFor(position), second.waitFor(position)].map((one) =>
      one.then(() => arrived.push("")),
    )
    await eventually(() => expect(first.status().handled + second.status().handled).toBe(1))
    expect(arrived).toEqual([])
    gate.open()
    await Promise.all(waiting)
  })

  it("park a stream where it belongs, and whoever owns it then replays it", async () => {
    await using scene = await open()
    const bad = new Set(["a1"])
    const seen: string[] = []
    const definition = defineSubscription("parking", {
      events: [counted],
      instances: "shared",
      onFailure: "park",
      retry: { attempts: 1 },
      handle: (event) => {
        if (bad.has(label(event))) throw new Error("no")
        seen.push(label(event))
      },
    })
    const first = await join(scene, "first", definition)
    for (const n of upTo(2)) for (const id of streams) await count(scene.store, id, n)
    await first.waitFor(await scene.store.head())
    const second = await join(scene, "second", definition)
    await evenly(first, second)
    bad.clear()
    expect(await second.deadLetters.requeue()).toBe(2)
    await first.stop()
    await eventually(async () => expect(await second.deadLetters.parkedStreams()).toEqual([]))
    await second.waitFor(await count(scene.store, "a", 3))
    expect(ofStream("a", seen)).toEqual(["a1", "a2", "a3"])
    expect(seen).toHaveLength(streams.length * 2 + 1)
  })
})

const key = (id: string) => ({ tenant: "", category: "counter", id })
