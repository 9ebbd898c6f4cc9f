import type { Operation } from "@annals/core"
import { createMemoryStore } from "@annals/core"
import {
  context,
  createTraceState,
  INVALID_SPAN_CONTEXT,
  INVALID_TRACEID,
  metrics,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"
import { afterEach, describe, expect, it } from "vitest"
import { createTelemetry } from "../src/index.ts"
import { accountStream, deposited, events } from "./bank.ts"

function tracing() {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  return { provider, names: () => exporter.getFinishedSpans().map(({ name }) => name) }
}

function metering() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  const names = async () => {
    await provider.forceFlush()
    const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    return scopes.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name))
  }
  return { provider, names }
}

const append = (): Operation => ({ name: "append", system: "memory", category: "account", metadata: {} })

afterEach(() => {
  trace.disable()
  metrics.disable()
  context.disable()
})

describe("without an SDK", () => {
  it("nothing is added to events, nor is anything else done", async () => {
    await using store = createMemoryStore({ observer: createTelemetry(), events })
    await store.append(accountStream("a"), [deposited({ cents: 1 })])
    for await (const event of store.readAll()) expect(event.metadata).toEqual({})
  })

  it("the very promise of what is observed comes back", () => {
    const promise = Promise.resolve(1)
    expect(createTelemetry().around(append(), () => promise)).toBe(promise)
  })

  it("a trace that began elsewhere goes on", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    const handled: Operation = { name: "handle", causes: [{ traceparent }], metadata: {} }
    await createTelemetry().around(handled, async () => {})
    expect(handled.metadata).toEqual({ traceparent })
    const other = { traceparent: traceparent.replace("0af7", "1bf8") }
    for (const causes of [[{ traceparent }, other], [{ traceparent }, {}], [{}]]) {
      const batch: Operation = { name: "handle", causes, metadata: {} }
      await createTelemetry().around(batch, async () => {})
      expect(batch.metadata, "of several, none").toEqual({})
    }
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const [, traceId = "", spanId = ""] = traceparent.split("-")
    const remote = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 0 })
    const appended = append()
    await context.with(remote, () => createTelemetry().around(appended, async () => {}))
    expect(appended.metadata).toEqual({ traceparent })
  })
})

describe("a trace context is written as W3C has it", () => {
  const inContext = async (given: Partial<SpanContext>) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }
    const remote = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1, ...given })
    const appended = append()
    await context.with(remote, () => createTelemetry().around(appended, async () => {}))
    return appended.metadata
  }

  it("with the flags that are known", async () => {
    for (const [flags, written] of [
      [0, "00"],
      [1, "01"],
      [2, "02"],
      [255, "03"],
    ] as const) {
      expect((await inContext({ traceFlags: flags })).traceparent?.slice(-3)).toBe(`-${written}`)
    }
  })

  it("without a tracestate that is too long, or empty", async () => {
    const stateOf = async (text: string) =>
      (await inContext({ traceState: createTraceState(text) })).tracestate
    expect(await stateOf("a=1,b=2")).toBe("a=1,b=2")
    expect(await stateOf("")).toBeUndefined()
    // The API's own is never so long.
    const traceState = Object.assign(createTraceState(), { serialize: () => `a=${"x".repeat(511)}` })
    expect((await inContext({ traceState })).tracestate).toBeUndefined()
  })

  it("if it is one: a tracer that is told to be silent gives spans without", async () => {
    expect(await inContext({ traceId: INVALID_TRACEID })).toEqual({})
    const silent = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
    const tracer = { startSpan: () => silent, startActiveSpan: () => silent as never }
    const appended = append()
    await createTelemetry({ tracerProvider: { getTracer: () => tracer } }).around(appended, async () => {})
    expect(appended.metadata).toEqual({})
  })
})

describe("an SDK", () => {
  it("may be registered later, be taken away, and be replaced", async () => {
    const observer = createTelemetry()
    const [first, second] = [tracing(), tracing()]
    await observer.around(append(), async () => {})
    trace.setGlobalTracerProvider(first.provider)
    await observer.around(append(), async () => {})
    trace.disable()
    await observer.around(append(), async () => {})
    trace.setGlobalTracerProvider(second.provider)
    await observer.around(append(), async () => {})
    await observer.around(append(), async () => {})
    expect([first.names(), second.names()]).toEqual([
      ["append account"],
      ["append account", "append account"],
    ])
  })

  it("may be registered later for metrics, too", async () => {
    const observer = createTelemetry()
    const [first, second] = [metering(), metering()]
    observer.record({ name: "outbox.sent", value: 1, attributes: { relay: "r" } })
    metrics.setGlobalMeterProvider(first.provider)
    observer.record({ name: "outbox.sent", value: 1, attributes: { relay: "r" } })
    metrics.disable()
    metrics.setGlobalMeterProvider(second.provider)
    await observer.around(append(), async () => {})
    expect(await first.names()).toEqual(["annals.outbox.messages"])
    expect(await second.names()).toEqual(["db.client.operation.duration", "annals.append.events"])
    await Promise.all([first.provider.shutdown(), second.provider.shutdown()])
  })
})
