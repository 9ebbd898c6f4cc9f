import type { Observer } from "@annals/core"
import { type Attributes, context, SpanKind, SpanStatusCode } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics"
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace"
import { createTelemetry, type TelemetryOptions } from "../src/index.ts"

/** Collects when it is asked. */
class ManualReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

/** A point of a metric; of a histogram its count, sum, and the bounds of its buckets. */
export interface Point {
  readonly attributes: Attributes
  readonly value: number
  readonly count?: number
  readonly bounds?: readonly number[]
}

export interface TelemetryScene extends AsyncDisposable {
  readonly observer: Observer
  readonly tracerProvider: TracerProvider
  /** Those that have ended, in that order. */
  spans(): readonly ReadableSpan[]
  /** The ended spans of this name. */
  named(name: string): readonly ReadableSpan[]
  /** The only ended span of this name. */
  one(name: string): ReadableSpan
  /** All points of all metrics, by name. */
  metrics(): Promise<ReadonlyMap<string, readonly Point[]>>
  /** The ended spans as `name (children…)`, by start. */
  tree(): readonly string[]
  /** Runs `run` in a span of the application. */
  inSpan<Result>(name: string, run: () => Promise<Result>): Promise<Result>
  reset(): void
}

/** The real SDK, with everything in memory; its context manager is registered until the scene is disposed of. */
export function openTelemetry(
  options: TelemetryOptions & { readonly sampler?: Sampler } = {},
): TelemetryScene {
  const { sampler, ...given } = options
  const manager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    ...(sampler && { sampler }),
  })
  const reader = new ManualReader()
  const meterProvider = new MeterProvider({ readers: [reader] })
  const tracer = tracerProvider.getTracer("the application")
  const spans = () => exporter.getFinishedSpans()
  const named = (name: string) => spans().filter((span) => span.name === name)
  return {
    observer: createTelemetry({ tracerProvider, meterProvider, ...given }),
    tracerProvider,
    spans,
    named,
    one: (name) => {
      const [span, ...more] = named(name)
      if (span === undefined || more.length > 0)
        throw new Error(`${more.length} too many of ${name}: ${treeOf(spans())}`)
      return span
    },
    metrics: async () => pointsOf(reader),
    tree: () => treeOf(spans()),
    inSpan: (name, run) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          return await run()
        } finally {
          span.end()
        }
      }),
    reset: () => exporter.reset(),
    async [Symbol.asyncDispose]() {
      context.disable()
      await tracerProvider.shutdown()
      await meterProvider.shutdown()
    },
  }
}

async function pointsOf(reader: MetricReader): Promise<ReadonlyMap<string, readonly Point[]>> {
  const { resourceMetrics } = await reader.collect()
  const points = new Map<string, Point[]>()
  for (const { metrics } of resourceMetrics.scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      const of = dataPoints.map(({ attributes, value }) => {
        if (typeof value === "number") return { attributes, value }
        const { sum = 0, count } = value
        return { attributes, value: sum, count, bounds: "buckets" in value ? value.buckets.boundaries : [] }
      })
      points.set(descriptor.name, of)
    }
  }
  return points
}

function treeOf(spans: readonly ReadableSpan[]): readonly string[] {
  const childrenOf = (parent: ReadableSpan | undefined) =>
    spans.filter(({ parentSpanContext }) =>
      parent === undefined
        ? !spans.some((other) => other.spanContext().spanId === parentSpanContext?.spanId)
        : parentSpanContext?.spanId === parent.spanContext().spanId,
    )
  const show = (span: ReadableSpan): string => {
    const children = childrenOf(span).map(show)
    return children.length === 0 ? span.name : `${span.name} (${children.join(", ")})`
  }
  return childrenOf(undefined).map(show)
}

/** What is exported of a span, for comparing. */
export function shown(span: ReadableSpan) {
  const { name, kind, attributes, status } = span
  return { name, kind: SpanKind[kind], attributes, status: SpanStatusCode[status.code] }
}

export function parentOf(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId
}

export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId
}

export function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-0${traceFlags}`
}
