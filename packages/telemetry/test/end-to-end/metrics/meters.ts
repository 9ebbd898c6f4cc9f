import type { Observer } from "@annals/core"
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  MeterProvider,
  type MetricData,
  MetricReader,
} from "@opentelemetry/sdk-metrics"
import { createTelemetry } from "../../../src/index.ts"
import { type MetricName, metricCatalogue } from "../../../src/metric-catalogue.ts"

/** What one process measures. */
export interface Meters {
  /** For stores and buses. */
  readonly observer: Observer
  /** What was measured up to now. */
  read(): Promise<Readings>
}

/** Of each metric, those series whose attributes are so. */
export interface Readings {
  /** The counts of all of them together. */
  count(name: string, attributes?: Attributes): number
  /** Of the only one. `undefined`: it was never told. */
  gauge(name: string, attributes?: Attributes): number | undefined
  /** How many measurements, and their sum, of all of them together. */
  histogram(name: string, attributes?: Attributes): { readonly count: number; readonly sum: number }
}

type Attributes = Readonly<Record<string, string>>

class InMemoryReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Adds to `seen` the names of metrics that are read with a value above 0. */
export function createMeters(seen: Set<string>): Meters {
  const startedAt = performance.now()
  const reader = new InMemoryReader()
  const meterProvider = new MeterProvider({ readers: [reader] })
  return {
    observer: createTelemetry({ meterProvider }),
    async read() {
      const { resourceMetrics, errors } = await reader.collect()
      if (errors.length > 0) throw new AggregateError(errors)
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      for (const metric of metrics) checkAttributes(metric)
      for (const metric of metrics) checkDurations(metric, performance.now() - startedAt)
      for (const { descriptor } of metrics.filter(isSeen)) seen.add(descriptor.name)
      return readingsOf(metrics)
    },
  }
}

function readingsOf(metrics: readonly MetricData[]): Readings {
  const numbers = (name: string, attributes: Attributes) =>
    pointsOf(metrics, name, attributes).map(({ value }) => value as number)
  return {
    count: (name, attributes = {}) => sum(numbers(name, attributes)),
    gauge(name, attributes = {}) {
      const [value, ...others] = numbers(name, attributes)
      if (others.length > 0) throw new Error(`${name} has several series with these attributes`)
      return value
    },
    histogram(name, attributes = {}) {
      const histograms = pointsOf(metrics, name, attributes).map(({ value }) => value as Histogram)
      return {
        count: sum(histograms.map(({ count }) => count)),
        sum: sum(histograms.map((histogram) => histogram.sum ?? 0)),
      }
    },
  }
}

function pointsOf(
  metrics: readonly MetricData[],
  name: string,
  attributes: Attributes,
): readonly DataPoint<unknown>[] {
  const metric = metrics.find(({ descriptor }) => descriptor.name === name)
  const points: readonly DataPoint<unknown>[] = metric?.dataPoints ?? []
  return points.filter((point) =>
    Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
  )
}

/** Nothing is told but what the catalogue says: each value of an attribute makes a series. */
function checkAttributes({ descriptor: { name }, dataPoints }: MetricData): void {
  const known: readonly string[] = metricCatalogue[name as MetricName].attributes
  for (const { attributes } of dataPoints) {
    const unknown = Object.keys(attributes).filter((key) => !known.includes(key))
    if (unknown.length > 0)
      throw new Error(`${name} has attributes that it shouldn't have: ${unknown.join()}`)
  }
}

/** Nothing took longer than there was time: milliseconds taken for seconds would. */
function checkDurations(
  { descriptor: { name, unit }, dataPoints, dataPointType }: MetricData,
  elapsedMs: number,
) {
  if (dataPointType !== DataPointType.HISTOGRAM || unit !== "s") return
  const longest = Math.max(...dataPoints.map(({ value }) => value.max ?? 0))
  if (longest > elapsedMs / 1_000) throw new Error(`${name} says ${longest} s, after ${elapsedMs} ms`)
}

function isSeen(metric: MetricData): boolean {
  return metric.dataPointType === DataPointType.HISTOGRAM
    ? metric.dataPoints.some(({ value }) => (value.sum ?? 0) > 0)
    : metric.dataPoints.some(({ value }) => typeof value === "number" && value > 0)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
