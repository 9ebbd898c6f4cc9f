import { createMemoryBus, createMemoryStore, createRepository, withContext } from "@annals/core"
import { createSubscription, defineSubscription } from "@annals/subscriptions"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { account, deposited, events, until } from "./bank.ts"
import { openTelemetry, type TelemetryScene } from "./telemetry-scene.ts"

/** Everything that leaves the process. */
async function exported(telemetry: TelemetryScene): Promise<string> {
  const spans = telemetry
    .spans()
    .map(({ name, attributes, status, links, events, parentSpanContext, spanContext }) => [
      name,
      attributes,
      status,
      links,
      events,
      parentSpanContext,
      spanContext,
    ])
  return JSON.stringify([spans, [...(await telemetry.metrics())]])
}

interface Places {
  readonly tenant: string
  readonly stream: string
  readonly note: string
  readonly actor: string
  readonly tag: string
  readonly message: string
  readonly command: string
}

/** Drives everything that can go well and badly with these texts in all places that hold data. */
async function work(telemetry: TelemetryScene, places: Places): Promise<void> {
  const { tenant, stream, note, actor, tag, message, command } = places
  await using store = createMemoryStore({ observer: telemetry.observer, events }).forTenant(tenant)
  await using bus = createMemoryBus({ observer: telemetry.observer })
  const fail = () => {
    throw new Error(message)
  }
  const retry = { attempts: 2, delayMs: 1 }
  const failing = defineSubscription("failing", {
    events: [deposited],
    onFailure: "park",
    retry,
    handle: fail,
  })
  await using subscription = createSubscription(store, failing)
  await subscription.start()
  await bus.subscribe({ group: "group", handler: fail, retry, deadLetters: store.deadLetters })
  const accounts = createRepository(store, account)
  await withContext({ actor, secret: note }, async () => {
    await accounts.execute(stream, "deposit", { cents: 7_654_321 }, { metadata: { note } })
    await accounts.execute(stream, "deposit", { cents: -1 }).catch(() => {})
    for (const signal of [undefined, AbortSignal.abort()]) {
      const options = signal === undefined ? {} : { signal }
      await accounts.execute(stream, command as "deposit", { cents: 1 }, options).catch(() => {})
    }
    const event = deposited({ cents: 1, note }, { tags: [tag] })
    await store.append(account.category.stream(stream), [event])
    await store.append(account.category.stream(stream), [event], { expected: 99 }).catch(() => {})
    const append: (...given: never[]) => Promise<unknown> = store.append
    const unknown = [account.category.stream(stream), [{ type: note, data: { note } }]] as never[]
    await append(...unknown).catch(() => {})
    for await (const recorded of store.readAll()) await bus.publish([recorded])
  })
  await until(() => telemetry.named("park failing").length > 0 && telemetry.named("park annals").length > 0)
}

describe("what is exported", () => {
  it("holds no data, tenant, stream, metadata, command from outside or message", async () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12,20}$/).map((text) => `zq${text}qz`)
    const places = fc.record({
      tenant: secret,
      stream: secret,
      note: secret,
      actor: secret,
      tag: secret,
      message: secret,
      command: secret,
    })
    await fc.assert(
      fc.asyncProperty(places, async (places) => {
        await using telemetry = openTelemetry()
        await work(telemetry, places)
        const told = await exported(telemetry)
        for (const text of [...Object.values(places), "7654321"]) expect(told).not.toContain(text)
      }),
      { numRuns: 10 },
    )
  })

  it("holds tenant, stream and messages where that is asked for, in metrics the tenant alone", async () => {
    await using telemetry = openTelemetry({ include: { tenant: true, streamId: true, errorMessage: true } })
    const places = {
      tenant: "the-tenant",
      stream: "the-stream",
      note: "the-note",
      actor: "the-actor",
      tag: "the-tag",
      message: "the-message".padEnd(5_000, "x"),
      command: "the-command",
    }
    await work(telemetry, places)
    expect(telemetry.named("append account")[0]?.attributes).toMatchObject({
      "annals.tenant": "the-tenant",
      "annals.stream.id": "the-stream",
    })
    const [failed] = telemetry.named("process failing")
    expect(failed?.status.message).toBe(places.message.slice(0, 1_000))
    expect(failed?.events[0]?.attributes).toMatchObject({ "exception.type": "Error" })
    expect(String(failed?.events[0]?.attributes?.["exception.stacktrace"]).length).toBeLessThanOrEqual(8_000)
    const { tenant, ...others } = places
    const metrics = JSON.stringify([...(await telemetry.metrics())])
    expect(metrics).toContain(`"annals.tenant":"${tenant}"`)
    for (const text of Object.values(others)) expect(metrics).not.toContain(text)
  })
})
