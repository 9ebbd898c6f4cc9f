import {
  createMemoryBus,
  createMemoryStore,
  createRepository,
  defineEvent,
  type EventStore,
  type,
} from "@annals/core"
import {
  createDeadlineRunner,
  createOutboxRelay,
  createSubscription,
  defineForwarder,
  defineProcessManager,
  defineReactor,
  defineRelay,
  defineSubscription,
  execute,
  schedule,
  send,
} from "@annals/subscriptions"
import { describe, expect, it } from "vitest"
import { createTelemetry, traceHeaders } from "../src/index.ts"
import { account, accountStream, deposited, events, letterStream, until, welcomed } from "./bank.ts"
import { openTelemetry, type TelemetryScene, traceparentOf } from "./telemetry-scene.ts"

const thanked = defineEvent("thanked", type<object>())
const reminded = defineEvent("reminded", type<object>())

const courtesy = defineProcessManager("courtesy", {
  listensTo: [deposited],
  correlate: ({ stream }) => stream.id,
  events: [thanked],
  deadlines: [reminded],
  initial: () => 0,
  evolve: { thanked: (count) => count + 1 },
  on: {
    deposited: (count) =>
      count > 0
        ? []
        : [
            thanked({}),
            execute(account, "bonus", "deposit", { cents: 1 }),
            schedule(0, reminded({})),
            send({ topic: "mail", body: {}, headers: traceHeaders() }),
          ],
    reminded: () => execute(account, "bonus", "deposit", { cents: 2 }),
  },
})

/** All of the trace that a request began, from its span down. */
function requestTree({ tree }: TelemetryScene): string {
  return tree().find((root) => root.startsWith("request")) ?? "none"
}

const storeOf = ({ observer }: TelemetryScene) => createMemoryStore({ observer })
const deposit = (telemetry: TelemetryScene, store: EventStore) =>
  telemetry.inSpan("request", () => store.append(accountStream("a"), [deposited({ cents: 1 })]))

describe("what an event sets off is told in its trace, whoever started it", () => {
  it("a process manager with its commands, its deadlines and what it sends", async () => {
    await using telemetry = openTelemetry()
    await using store = storeOf(telemetry)
    await using relay = createOutboxRelay(store, {
      name: "mails",
      send: () => telemetry.inSpan("mail", async () => {}),
    })
    await using deadlines = createDeadlineRunner(store)
    await using process = createSubscription(store, courtesy)
    await telemetry.inSpan("start", () => Promise.all([process.start(), deadlines.start(), relay.start()]))
    await deposit(telemetry, store)
    await until(() => telemetry.named("execute account.deposit").length === 2)
    await until(() => telemetry.named("mail").length === 1)
    await process.waitFor(await store.head())
    const [bonus, reminder] = telemetry.named("execute account.deposit")
    const [, ...others] = telemetry.named("process courtesy")
    const traceId = telemetry.one("request").spanContext().traceId
    for (const span of [bonus, reminder, telemetry.one("mail"), ...others]) {
      expect(span?.spanContext().traceId).toBe(traceId)
    }
    expect(requestTree(telemetry)).toMatch(
      /^request \(append account \(process courtesy \(.*relay mails \(mail\)/,
    )
  })

  it("a reactor, a dead letter that is tried again when somebody asks for it, and what is forwarded to another store", async () => {
    await using telemetry = openTelemetry()
    await using store = storeOf(telemetry)
    await using archive = storeOf(telemetry)
    let isBroken = true
    const letter = defineReactor("letter", {
      events: [deposited],
      onFailure: "park",
      retry: { attempts: 1 },
      from: "beginning",
      on: {
        deposited: async () => {
          if (isBroken) throw new Error("no paper")
          await store.append(letterStream("a"), [welcomed({ account: "a" })])
        },
      },
    })
    await using reactor = createSubscription(store, letter)
    await using forwarder = createSubscription(store, defineForwarder("copy", { to: archive }))
    await telemetry.inSpan("start", () => Promise.all([reactor.start(), forwarder.start()]))
    await deposit(telemetry, store)
    await until(() => telemetry.named("park letter").length + telemetry.named("relay copy").length === 2)
    isBroken = false
    await telemetry.inSpan("operator", () => reactor.deadLetters.requeue())
    await until(() => telemetry.named("append letter").length >= 1)
    await until(() => telemetry.named("relay copy").length === 2)
    const tree = requestTree(telemetry)
    for (const part of [
      "process letter, ",
      "relay copy (append account)",
      "park letter",
      "process letter (append letter",
    ]) {
      expect(tree).toContain(part)
    }
    const [copy] = await archive.readAll().toArray()
    expect(copy?.metadata.traceparent).toBe(traceparentOf(telemetry.named("append account")[0] as never))
  })

  it("a consumer without an order, and its attempts", async () => {
    await using telemetry = openTelemetry()
    await using store = storeOf(telemetry)
    await using bus = createMemoryBus({ observer: telemetry.observer })
    const handler = async () => {
      await new Promise(setImmediate)
      await telemetry.inSpan("try", () => Promise.reject(new Error("no")))
    }
    const retry = { attempts: 2, delayMs: 1 }
    const subscribe = () => bus.subscribe({ group: "mails", order: "none", retry, handler })
    await telemetry.inSpan("start", subscribe)
    await using relay = createSubscription(store, defineRelay("out", { bus }))
    await telemetry.inSpan("start", () => relay.start())
    await deposit(telemetry, store)
    await until(() => telemetry.named("park annals").length === 1)
    expect(requestTree(telemetry)).toBe(
      "request (append account (relay out (publish annals (process annals (try), retry annals (try), park annals))))",
    )
  })

  it("also after services that have no SDK", async () => {
    await using telemetry = openTelemetry()
    const observer = createTelemetry()
    await using first = storeOf(telemetry)
    await using second = createMemoryStore({ observer, events })
    await using third = createMemoryStore({ observer, events })
    await using last = storeOf(telemetry)
    await using bus = createMemoryBus({ observer })
    const answerIn = (store: EventStore) => async () => {
      await new Promise(setImmediate)
      await createRepository(store, account).execute("answer", "deposit", { cents: 1 })
    }
    await bus.subscribe({ group: "second", types: ["welcomed"], handler: answerIn(second) })
    const toThird = defineSubscription("third", { events: [deposited], handle: answerIn(third) })
    await using subscription = createSubscription(second, toThird)
    await subscription.start()
    await using forwarder = createSubscription(third, defineForwarder("on", { to: last }))
    await forwarder.start()
    await using reader = createSubscription(
      last,
      defineSubscription("reader", { events: [deposited], handle: () => {} }),
    )
    await reader.start()
    await telemetry.inSpan("request", () => first.append(letterStream("l"), [welcomed({ account: "a" })]))
    await bus.publish(await first.readAll().toArray())
    await until(() => telemetry.named("process reader").length === 1)
    expect(requestTree(telemetry)).toBe("request (append letter (process reader))")
  })
})

it("a handler that is given up has a span that says so, and a duration", async () => {
  await using telemetry = openTelemetry()
  await using store = storeOf(telemetry)
  const hanging = defineSubscription("hanging", {
    events: [deposited],
    timeoutMs: 5,
    onFailure: "park",
    retry: { attempts: 1 },
    handle: () => new Promise(() => {}),
  })
  await using subscription = createSubscription(store, hanging)
  await subscription.start()
  await store.append(accountStream("a"), [deposited({ cents: 1 })])
  await until(() => telemetry.named("park hanging").length === 1)
  const timedOut = { "error.type": "HANDLER_TIMEOUT" }
  expect(telemetry.one("process hanging").attributes).toMatchObject(timedOut)
  const [duration] = (await telemetry.metrics()).get("annals.subscription.handler.duration") ?? []
  expect(duration).toMatchObject({ count: 1, attributes: timedOut })
})
