import {
  type Counter,
  createNoopMeter,
  type Gauge,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
} from "@opentelemetry/api"
import { type MetricDescription, type MetricName, metricCatalogue } from "./metric-catalogue.ts"
import { schemaUrl, scopeName } from "./semantic-conventions.ts"

interface InstrumentKinds {
  readonly histogram: Histogram
  readonly counter: Counter
  readonly gauge: Gauge
}

/** An instrument for each metric of the catalogue. */
export type Instruments = {
  readonly [name in MetricName]: InstrumentKinds[(typeof metricCatalogue)[name]["instrument"]]
}

/** Gives the instruments of whichever provider there is by now; `undefined`: none is registered. */
export class CurrentInstruments {
  readonly #given: MeterProvider | undefined
  #provider: MeterProvider | undefined
  #instruments: Instruments | undefined

  constructor(given: MeterProvider | undefined) {
    this.#given = given
  }

  get(): Instruments | undefined {
    const provider = this.#given ?? metrics.getMeterProvider()
    if (provider !== this.#provider) {
      // First of all: a provider that throws isn't asked again.
      this.#provider = provider
      this.#instruments = undefined
      this.#instruments = instrumentsOf(provider)
    }
    return this.#instruments
  }
}

function instrumentsOf(provider: MeterProvider): Instruments | undefined {
  const meter = provider.getMeter(scopeName, undefined, { schemaUrl })
  if (meter === createNoopMeter()) return undefined
  const entries = Object.entries(metricCatalogue).map(([name, metric]) => [
    name,
    instrumentOf(meter, name, metric),
  ])
  return Object.fromEntries(entries) as Instruments
}

function instrumentOf(meter: Meter, name: string, metric: MetricDescription): Histogram | Counter | Gauge {
  const { description, unit, buckets } = metric
  switch (metric.instrument) {
    case "histogram": {
      const advice = buckets && { advice: { explicitBucketBoundaries: [...buckets] } }
      return meter.createHistogram(name, { description, unit, ...advice })
    }
    case "counter":
      return meter.createCounter(name, { description, unit })
    case "gauge":
      return meter.createGauge(name, { description, unit })
    default:
      return metric.instrument satisfies never
  }
}
