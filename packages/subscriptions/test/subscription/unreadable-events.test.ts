import { defineEvent, type RecordedEvent, streamId, type } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription, type SubscriptionSettings } from "../../src/index.ts"
import { count, counted, label } from "../subjects/counting.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually, failureOf } from "../subjects/waiting.ts"

const stranger = { type: "stranger", data: { n: 2 } }
const all = { types: ["counted", "stranger"] }

function seeing(name: string, settings: SubscriptionSettings) {
  const seen: string[] = []
  const handle = (event: RecordedEvent) => void seen.push(`${event.type} ${label(event)}`)
  const definition = defineSubscription(name, { ...settings, events: [counted], handle: handle as never })
  return { seen, definition }
}

describeStores("an event of a type that the subscription doesn't know", (open) => {
  async function sceneWithStranger() {
    const scene = await open()
    await count(scene.store, "a", 1)
    await scene.store.append(streamId("counter", "a"), [stranger])
    await count(scene.store, "a", 3)
    await count(scene.store, "b", 1)
    return { scene, position: await scene.store.head() }
  }

  it("fails it at once, and stops nobody else", async () => {
    const { scene, position } = await sceneWithStranger()
    await using _ = scene
    const strict = seeing("strict", all)
    const other = seeing("other", {})
    const subscription = await scene.run(strict.definition)
    const bystander = await scene.run(other.definition)
    const error = await failureOf(subscription.done)
    expect(error).toMatchObject({ code: "SUBSCRIPTION_FAILED", cause: { code: "UNKNOWN_EVENT_TYPE" } })
    expect(strict.seen).toEqual(["counted a1"])
    expect(subscription.status()).toMatchObject({ retried: 0, failed: 1 })
    await bystander.waitFor(position)
    expect(other.seen).toEqual(["counted a1", "counted a3", "counted b1"])
  })

  it("is parked at once with the rest of its stream, and handled when the type is known", async () => {
    const { scene, position } = await sceneWithStranger()
    await using _ = scene
    const { seen, definition } = seeing("parking", { ...all, onFailure: "park" })
    const subscription = await scene.run(definition)
    await subscription.waitFor(position)
    expect(seen).toEqual(["counted a1", "counted b1"])
    expect(await subscription.deadLetters.list()).toMatchObject([
      { version: 2, type: "stranger", failure: { code: "UNKNOWN_EVENT_TYPE", attempts: 1 } },
      { version: 3, type: "counted" },
    ])
    await subscription.stop()
    const known = defineEvent("stranger", type<{ n: number }>())
    const mended = defineSubscription("parking", {
      events: [counted, known],
      onFailure: "park",
      handle: (event) => void seen.push(`${event.type} ${label(event)}`),
    })
    const again = await scene.run(mended, { store: scene.otherHandle() })
    await again.deadLetters.requeue()
    await again.waitFor(await count(scene.store, "a", 4))
    await eventually(() => {
      expect(seen).toEqual(["counted a1", "counted b1", "stranger a2", "counted a3", "counted a4"])
    })
  })

  it("is left out and reported, if so told, and the checkpoint goes past it", async () => {
    const { scene, position } = await sceneWithStranger()
    await using _ = scene
    const reported: string[] = []
    const { seen, definition } = seeing("skipping", {
      ...all,
      unreadable: (event, error) => void reported.push(`${event.type} ${event.version} ${error.code}`),
    })
    const subscription = await scene.run(definition)
    await subscription.waitFor(position)
    expect(seen).toEqual(["counted a1", "counted a3", "counted b1"])
    expect(reported).toEqual(["stranger 2 UNKNOWN_EVENT_TYPE"])
    expect(subscription.status()).toMatchObject({ failed: 0, parked: 0, position })
  })

  it("is handed over as it is stored, if so told", async () => {
    const { scene, position } = await sceneWithStranger()
    await using _ = scene
    const { seen, definition } = seeing("raw", { ...all, unreadable: "raw" })
    const subscription = await scene.run(definition)
    await subscription.waitFor(position)
    expect(seen).toEqual(["counted a1", "stranger a2", "counted a3", "counted b1"])
  })

  it("that can't be upcast fails only who reads it so", async () => {
    const { scene, position } = await sceneWithStranger()
    await using _ = scene
    const broken = counted.nextVersion(type<{ n: number }>(), (data) => {
      if (data.n === 3) throw new Error("can't be upcast")
      return data
    })
    const seen: string[] = []
    const subscription = await scene.run(
      defineSubscription("upcasting", {
        events: [broken],
        onFailure: "park",
        handle: (event) => void seen.push(label(event)),
      }),
    )
    await subscription.waitFor(position)
    expect(seen).toEqual(["a1", "b1"])
    expect(await subscription.deadLetters.list()).toMatchObject([
      { version: 3, failure: { code: "UPCAST_FAILED" } },
    ])
  })
})
