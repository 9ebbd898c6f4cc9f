import type { MeasurementName, Observer, OperationName } from "@annals/core"
import { createTelemetry } from "@annals/telemetry"
import { context, type SpanContext, SpanKind, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace"
import { cause, endings, measurements, operations } from "./telemetry-scene.ts"

interface RecordedMetric {
  readonly name: string
  readonly instrument: string
  readonly unit: string
  /** All that any of its points has, sorted. */
  readonly attributes: readonly string[]
}

interface RecordedSpan {
  readonly operation: OperationName
  /** Its place among the operations of that name. */
  readonly index: number
  readonly name: string
  readonly kind: string
  readonly parent: string
  /** All that it has, however it ends; sorted. */
  readonly attributes: readonly string[]
}

interface Recorded {
  readonly spans: readonly RecordedSpan[]
  readonly metrics: readonly RecordedMetric[]
  /** Of the conventions that the spans' scope names. */
  readonly schemaUrls: readonly string[]
}

/** Tells telemetry everything that Annals may tell, and returns what the SDK gets of it. */
export async function recordTelemetry(): Promise<Recorded> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanExporter = new InMemorySpanExporter()
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
  })
  const include = { tenant: true, streamId: true, errorMessage: true }
  const observer = createTelemetry({ tracerProvider, meterProvider, include })

  const spans: RecordedSpan[] = []
  const active = { traceId: "1af7651916cd43dd8448eb211c80319c", spanId: "c7ad6b7169203331", traceFlags: 1 }
  for (const [operation, list] of Object.entries(operations) as [
    OperationName,
    (typeof operations)["append"],
  ][]) {
    for (const [index, told] of list.entries()) {
      for (const error of endings)
        await tell(observer, active, { ...told, name: operation, metadata: {} }, error)
      spans.push({ operation, index, ...joined(spanExporter.getFinishedSpans(), active) })
      spanExporter.reset()
    }
  }
  for (const [name, attributes] of Object.entries(measurements)) {
    observer.record({ name: name as MeasurementName, value: 1, attributes })
  }
  await reader.forceFlush()
  const scopes = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
  const metrics = scopes.flatMap(({ metrics }) => metrics.map(describeMetric))
  const schemaUrls = [...new Set(scopes.map(({ scope }) => scope.schemaUrl ?? ""))]
  await Promise.all([meterProvider.shutdown(), tracerProvider.shutdown()])
  context.disable()
  return { spans, metrics, schemaUrls }
}

async function tell(
  observer: Observer,
  active: SpanContext,
  operation: Parameters<Observer["around"]>[0],
  error: Error | undefined,
): Promise<void> {
  const run = async () => {
    if (error !== undefined) throw error
  }
  const inside = trace.setSpanContext(context.active(), active)
  await context.with(inside, () => observer.around(operation, run)).catch(() => {})
}

/** The spans of one operation, which differ only in how it ended. */
function joined(
  spans: readonly ReadableSpan[],
  active: SpanContext,
): Omit<RecordedSpan, "operation" | "index"> {
  const one = (values: readonly string[]) => [...new Set(values)].join(", ")
  const parents: Readonly<Record<string, string>> = {
    [active.spanId]: "the active span",
    [cause.spanId]: "the cause",
  }
  return {
    name: one(spans.map(({ name }) => name)),
    kind: one(spans.map(({ kind }) => SpanKind[kind])),
    parent: one(spans.map(({ parentSpanContext }) => parents[parentSpanContext?.spanId ?? ""] ?? "none")),
    attributes: [...new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)))].sort(),
  }
}

function describeMetric(metric: MetricData): RecordedMetric {
  const { descriptor, dataPoints } = metric
  const attributes = new Set(dataPoints.flatMap((point) => Object.keys(point.attributes)))
  return {
    name: descriptor.name,
    instrument: instrumentOf(metric),
    unit: descriptor.unit,
    attributes: [...attributes].sort(),
  }
}

function instrumentOf(metric: MetricData): string {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return "histogram"
  if (metric.dataPointType === DataPointType.GAUGE) return "gauge"
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic ? "counter" : "another"
}
