import { createMemoryStore, type Operation, type OperationName, type } from "@annals/core"
import { defineDocumentProjection, defineReadModel, inline } from "@annals/subscriptions"
import { expect, it } from "vitest"
import { accountStream, deposited } from "./bank.ts"
import { idOf, openTelemetry, parentOf, type TelemetryScene } from "./telemetry-scene.ts"

const traceIds = ["0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"] as const
const spanIds = ["a7ad6b7169203331", "b7ad6b7169203331", "c7ad6b7169203331"] as const
const carried = (traceId: string, spanId: string) => ({ traceparent: `00-${traceId}-${spanId}-01` })
const [first, second] = [carried(traceIds[0], spanIds[0]), carried(traceIds[0], spanIds[1])]
const [elsewhere, nothing] = [carried(traceIds[1], spanIds[2]), {}]

async function place(telemetry: TelemetryScene, name: OperationName, about: Partial<Operation>) {
  const operation: Operation = { name, subject: "s", eventCount: 1, metadata: {}, ...about }
  await telemetry.inSpan("caller", () => telemetry.observer.around(operation, async () => {}))
  const span = telemetry.spans().find(({ attributes }) => attributes["annals.operation"] === name)
  if (span === undefined) throw new Error(`${name} has no span`)
  return { parent: parentOf(span), links: span.links.map(({ context }) => context.spanId) }
}

it.each([
  ...["execute", "load", "append", "read", "publish", "snapshot", "project"].map(
    (name) => [name, true] as const,
  ),
  ...["handle", "relay", "receive", "retry", "park", "page", "lease"].map((name) => [name, false] as const),
])("%s without causes belongs to its caller: %s", async (name, isCallers) => {
  await using telemetry = openTelemetry()
  const { parent, links } = await place(telemetry, name as OperationName, {})
  expect(parent).toBe(isCallers ? idOf(telemetry.one("caller")) : undefined)
  expect(links).toEqual([])
})

it.each([
  ["one event's, its span", [first], undefined, spanIds[0], []],
  ["one event's, sent in its trace, the message", [first], second, spanIds[1], []],
  [
    "one event's, sent in another trace, its span, and links the message",
    [first],
    elsewhere,
    spanIds[0],
    [spanIds[2]],
  ],
  ["one event's without a trace, the message", [nothing], elsewhere, spanIds[2], []],
  ["one event's without a trace, nobody", [nothing], undefined, undefined, []],
  ["of several events of one span, that one", [first, first], undefined, spanIds[0], []],
  [
    "of several events of one trace, the last span, and links the others",
    [first, second],
    undefined,
    spanIds[1],
    [spanIds[0]],
  ],
  [
    "of several events of several traces, nobody, and links all",
    [first, elsewhere],
    undefined,
    undefined,
    [spanIds[0], spanIds[2]],
  ],
  [
    "of several events of which one has no trace, nobody, and links the others",
    [first, nothing],
    undefined,
    undefined,
    [spanIds[0]],
  ],
  [
    "of several events, sent together, nobody, and links the message, too",
    [first, elsewhere],
    second,
    undefined,
    [spanIds[0], spanIds[2], spanIds[1]],
  ],
] as const)("the parent of a consequence is: %s", async (_what, causes, sent, parent, links) => {
  for (const name of ["handle", "relay", "project", "receive", "retry", "park"] as const) {
    await using telemetry = openTelemetry()
    const placed = await place(telemetry, name, { causes, category: "c", ...(sent && { sent }) })
    expect(placed, name).toEqual({ parent, links })
  }
})

it("an inline projection stays in its append also with events that come from elsewhere, which it links", async () => {
  await using telemetry = openTelemetry()
  await using store = createMemoryStore({ observer: telemetry.observer })
  const totals = defineDocumentProjection("totals", {
    into: defineReadModel("totals", type<{ cents: number }>()),
    events: [deposited],
    initial: () => ({ cents: 0 }),
    on: { deposited: () => {} },
  })
  const events = [deposited({ cents: 1 }), deposited({ cents: 1 }, { metadata: elsewhere })]
  await store.append(accountStream("a"), events, { before: inline(totals) })
  const projected = telemetry.one("project totals")
  expect(parentOf(projected)).toBe(idOf(telemetry.one("append account")))
  expect(projected.links.map(({ context }) => context.spanId)).toEqual([spanIds[2]])
})
