import { createMemoryStore, type MemoryStore } from "@annals/core"
import { createTelemetry } from "@annals/telemetry"
import { type Histogram, MeterProvider, type MetricData, MetricReader } from "@opentelemetry/sdk-metrics"

/** A store that is measured, and what was measured up to now. */
export interface MeasuredStore extends AsyncDisposable {
  readonly store: MemoryStore
  use<Closed extends AsyncDisposable>(closed: Closed): Closed
  read(): Promise<Readings>
}

/** Of each metric, those series whose attributes are so, together. */
interface Readings {
  count(name: string, attributes: Attributes): number
  histogram(name: string, attributes: Attributes): { readonly count: number; readonly sum: number }
}

type Attributes = Readonly<Record<string, string>>

class InMemoryReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Adds to `seen` the names of metrics that are read with a value above 0. */
export function openMeasuredStore(seen: Set<string>): MeasuredStore {
  const reader = new InMemoryReader()
  const observer = createTelemetry({ meterProvider: new MeterProvider({ readers: [reader] }) })
  const closing = new AsyncDisposableStack()
  const store = closing.use(createMemoryStore({ observer }))
  return {
    store,
    use: (closed) => closing.use(closed),
    async read() {
      const { resourceMetrics } = await reader.collect()
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      for (const { descriptor, dataPoints } of metrics) {
        if (sum(dataPoints.map(({ value }) => amountOf(value))) > 0) seen.add(descriptor.name)
      }
      return readingsOf(metrics)
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

function readingsOf(metrics: readonly MetricData[]): Readings {
  const values = (name: string, attributes: Attributes): readonly (number | Histogram)[] => {
    const points = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
    const fitting = points.filter((point) =>
      Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
    )
    return fitting.map(({ value }) => value as number | Histogram)
  }
  return {
    count: (name, attributes) => sum(values(name, attributes).map(amountOf)),
    histogram: (name, attributes) => {
      const histograms = values(name, attributes) as readonly Histogram[]
      return { count: sum(histograms.map(({ count }) => count)), sum: sum(histograms.map(amountOf)) }
    },
  }
}

function amountOf(value: unknown): number {
  return typeof value === "number" ? value : ((value as Histogram).sum ?? 0)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
