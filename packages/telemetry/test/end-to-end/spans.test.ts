import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRepository, type RecordedEvent } from "@annals/core"
import { order } from "@annals/example-shop-and-shipping/order"
import { usingService } from "@annals/services"
import { createSqliteStore } from "@annals/store-sqlite"
import { beforeAll, describe, expect, it, vi } from "vitest"
import type { CollectedSpan } from "./collected-span.ts"
import { startOtlpReceiver } from "./otlp-receiver.ts"
import { type ServiceProcess, startService } from "./service-process.ts"
import { labelOf, treeOf } from "./span-tree.ts"

/** The spans of other programs, which only their identities are known of. */
const client = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }
const unsampled = { traceId: "3df7651916cd43dd8448eb211c80319c", spanId: "e7ad6b7169203331" }
const tills = [
  { traceId: "1bf7651916cd43dd8448eb211c80319c", spanId: "c7ad6b7169203331" },
  { traceId: "2cf7651916cd43dd8448eb211c80319c", spanId: "d7ad6b7169203331" },
] as const

const topic = `shop-${randomBytes(6).toString("hex")}`

const traceparentOf = ({ traceId, spanId }: SpanIdentity) => `00-${traceId}-${spanId}-01`
const identityOf = (span: SpanIdentity | undefined) => ({ traceId: span?.traceId, spanId: span?.spanId })
const inTrace = (traceId: string) => (span: SpanIdentity) => span.traceId === traceId
const isRoot = ({ parentSpanId }: CollectedSpan) => parentSpanId === undefined
type SpanIdentity = Pick<CollectedSpan, "traceId" | "spanId">

usingService("redis", (url) => {
  describe("the spans of two processes", { timeout: 60_000 }, () => {
    const run = {} as Run
    beforeAll(async () => Object.assign(run, await playAndCollect(url)), 60_000)

    it("make one tree, from the HTTP request through both services to the read model", () => {
      expect(treeOf(run.spans, client.traceId)).toBe(orderTree)
      const [request] = run.named("shop: PUT /orders/3 (SERVER)")
      expect(request).toMatchObject({ traceId: client.traceId, parentSpanId: client.spanId })
    })

    it("link what a relay publishes at a time to the traces of all its events, and go on in each of them", () => {
      const [relay] = run.named("shop: relay orders-to-bus (CONSUMER)").filter(isRoot)
      expect(relay?.links).toHaveLength(2)
      expect(relay?.links).toEqual(expect.arrayContaining([...tills]))
      const [publish] = run.spans.filter(({ parentSpanId }) => parentSpanId === relay?.spanId)
      expect(publish).toMatchObject({
        ...{ kind: "PRODUCER", traceId: relay?.traceId },
        attributes: { "messaging.system.name": "redis", "messaging.destination.name": topic },
      })
      for (const { traceId, spanId } of tills) {
        const received = run.named(`shipping: process ${topic} (CONSUMER)`).filter(inTrace(traceId))
        expect(received).toHaveLength(1)
        expect(received[0]).toMatchObject({
          ...{ parentSpanId: spanId, links: [identityOf(publish)] },
          attributes: { "messaging.destination.name": topic, "messaging.consumer.group.name": "shipping" },
        })
        const below = treeOf(run.spans, traceId)
        expect(below).toContain("shipping: append shelf (CLIENT)")
        expect(below).toContain("shipping: append parcel (CLIENT)")
      }
    })

    it("are those that the stored events name", () => {
      for (const service of ["shop", "shipping"] as const) {
        for (const { stream, metadata } of run.events[service]) {
          const appends = run.named(`${service}: append ${stream.category} (CLIENT)`).map(traceparentOf)
          const { traceparent } = metadata
          if (!/-00$/.test(String(traceparent))) {
            expect([...tills.map(traceparentOf), ...appends]).toContain(traceparent)
          }
        }
      }
      const inRequest = run.events.shop.filter(({ metadata }) =>
        String(metadata.traceparent).includes(client.traceId),
      )
      expect(inRequest.map(({ type }) => type)).toEqual(["order-placed", "order-completed", "charged"])
    })

    it("are whole: none has a parent or a link that isn't there, and none failed", () => {
      const there = new Set([client, ...tills, ...run.spans].map(traceparentOf))
      for (const { traceId, parentSpanId, links, failed } of run.spans) {
        if (parentSpanId !== undefined)
          expect(there).toContain(traceparentOf({ traceId, spanId: parentSpanId }))
        for (const link of links) expect(there).toContain(traceparentOf(link))
        expect(failed).toBe(false)
      }
      const roots = run.spans.filter(isRoot).filter(({ links }) => links.length < 2)
      const others = roots.filter(({ name }) => !/^(lease|page) /.test(name))
      // A read model without events yet looks whether it may take its place, once.
      expect(others.length).toBeLessThanOrEqual(2)
      for (const { name, attributes } of others) {
        expect([name, attributes["annals.event.count"]]).toEqual(["read", 0])
      }
    })

    it("aren't made of a request that isn't sampled, whose trace goes on in the events", () => {
      expect(run.spans.filter(inTrace(unsampled.traceId))).toEqual([])
      const events = [...run.events.shop, ...run.events.shipping].filter(({ metadata }) =>
        String(metadata.traceparent).includes(unsampled.traceId),
      )
      expect(events.map(({ type }) => type).sort()).toEqual([
        "charged",
        "order-completed",
        "order-placed",
        "parcel-sent",
        "taken",
      ])
      for (const { metadata } of events) expect(metadata.traceparent).toMatch(/-00$/)
    })

    it("tell of pages with events only", () => {
      expect(run.emptyPages.shop).toBeGreaterThan(0)
      expect(run.emptyPages.shipping).toBeGreaterThan(0)
      const pages = run.spans.filter(({ name }) => name.startsWith("page "))
      expect(new Set(pages.map(({ service }) => service))).toEqual(new Set(["shop", "shipping"]))
      for (const { attributes } of pages) expect(attributes["annals.event.count"]).toBeGreaterThan(0)
    })

    it("hold nothing of what is in the events", () => {
      const told = JSON.stringify(run.spans)
      for (const secret of ["ann", "eve", "tea", "milk"]) expect(told).not.toContain(`"${secret}"`)
    })
  })
})

/** From top to bottom: who caused whom. */
const orderTree = `shop: PUT /orders/3 (SERVER)
  shop: execute order.place (INTERNAL)
    shop: append order (CLIENT)
      shop: relay orders-to-bus (CONSUMER)
        shop: publish ${topic} (PRODUCER)
          shipping: process ${topic} (CONSUMER)
            shipping: execute parcel.send (INTERNAL)
              shipping: append parcel (CLIENT)
                shipping: relay parcels-to-bus (CONSUMER)
                  shipping: publish ${topic} (PRODUCER)
                    shop: process ${topic} (CONSUMER)
                      shop: execute bill.charge (INTERNAL)
                        shop: append bill (CLIENT)
                        shop: load bill (INTERNAL)
                          shop: read bill (CLIENT)
                      shop: execute order.complete (INTERNAL)
                        shop: append order (CLIENT)
                          shop: project completed-orders (CONSUMER)
                        shop: load order (INTERNAL)
                          shop: read order (CLIENT)
              shipping: load parcel (INTERNAL)
                shipping: read parcel (CLIENT)
            shipping: execute shelf.take (INTERNAL)
              shipping: append shelf (CLIENT)
              shipping: load shelf (INTERNAL)
                shipping: read shelf (CLIENT)
    shop: load order (INTERNAL)
      shop: read order (CLIENT)`

/** What was collected when both services had ended. */
interface Run {
  readonly spans: readonly CollectedSpan[]
  readonly emptyPages: Readonly<Record<"shop" | "shipping", number>>
  readonly events: Readonly<Record<"shop" | "shipping", readonly RecordedEvent[]>>
  named(label: string): readonly CollectedSpan[]
}

/**
 * Two orders were placed before, at tills whose programs have traces of their own; the relay finds both at a time. Once they are through, the third one comes
 * by HTTP, and then a fourth, which isn't sampled.
 */
async function playAndCollect(url: string): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "annals-spans-"))
  const files = { shop: join(folder, "shop.db"), shipping: join(folder, "shipping.db") }
  await using receiver = await startOtlpReceiver()
  const environment = {
    BUS: "redis",
    BUS_URL: url,
    BUS_TOPIC: topic,
    SHOP_DATABASE: files.shop,
    SHIPPING_DATABASE: files.shipping,
    OTLP_URL: receiver.url,
  }
  const named = (label: string) => receiver.spans.filter((span) => labelOf(span) === label)
  try {
    await placeAtTills(files.shop)
    await using shipping = await startService("shipping", environment)
    await using shop = await startService("shop", environment)
    await receiver.until(() => expect(completedOrders(named)).toBe(2))
    await placeByHttp(shop, "3", traceparentOf(client))
    await receiver.until(() => expect(completedOrders(named)).toBe(3))
    await placeByHttp(shop, "4", traceparentOf(unsampled).replace(/01$/, "00"))
    await vi.waitFor(async () => expect(completedIn(await eventsIn(files.shop))).toBe(4), { timeout: 30_000 })
    const emptyPages = { shop: await shop.stop(), shipping: await shipping.stop() }
    const events = { shop: await eventsIn(files.shop), shipping: await eventsIn(files.shipping) }
    return { spans: receiver.spans, emptyPages, events, named }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** By programs that have no telemetry of Annals, and say in which trace they are. */
async function placeAtTills(file: string): Promise<void> {
  await using store = createSqliteStore({ file })
  const orders = createRepository(store, order)
  for (const [index, till] of tills.entries()) {
    const content = { customer: "ann", product: "tea", quantity: 1 }
    await orders.execute(String(index + 1), "place", content, {
      metadata: { traceparent: traceparentOf(till) },
    })
  }
}

async function placeByHttp({ url }: ServiceProcess, id: string, traceparent: string): Promise<void> {
  const { status } = await fetch(`${url}/orders/${id}`, {
    method: "PUT",
    headers: { traceparent },
    body: JSON.stringify({ customer: "eve", product: "milk", quantity: 2 }),
  })
  expect(status).toBe(201)
}

/** How many orders the read model has: it may take several at a time. */
function completedOrders(named: Run["named"]): number {
  const counts = named("shop: project completed-orders (CONSUMER)").map(
    ({ attributes }) => attributes["annals.event.count"] as number,
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

function completedIn(events: readonly RecordedEvent[]): number {
  return events.filter(({ type }) => type === "order-completed").length
}

async function eventsIn(file: string): Promise<readonly RecordedEvent[]> {
  await using store = createSqliteStore({ file })
  return store.readAll().toArray()
}
