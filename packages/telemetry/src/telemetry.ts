import type { Measurement, Observer, Operation } from "@annals/core"
import { diag, type Tracer } from "@opentelemetry/api"
import { BoundedValues } from "./bounded-values.ts"
import { carryOn } from "./carry-on.ts"
import { CurrentInstruments, type Instruments } from "./current-instruments.ts"
import { CurrentTracer } from "./current-tracer.ts"
import { Descriptions } from "./descriptions.ts"
import { Measurements } from "./measurements.ts"
import type { Observation, Observing } from "./observation.ts"
import { PageObservation, PageReadObservation } from "./page-observation.ts"
import { runWithin } from "./run-within.ts"
import { PlainObservation, SpanObservation } from "./span-observation.ts"
import type { TelemetryOptions } from "./telemetry-options.ts"
import { variantOf } from "./variant-of.ts"

/** Whatever a provider, processor, exporter or context manager does, an operation runs once, at once, and with its own result. */
export class Telemetry implements Observer, Observing {
  readonly include: Observing["include"]
  readonly #descriptions: Descriptions
  readonly #tracer: CurrentTracer
  readonly #instruments: CurrentInstruments
  readonly #measurements: Measurements
  #hasComplained = false

  constructor(options: TelemetryOptions & { readonly maxAttributeValues: number }) {
    const bounds = new BoundedValues(options.maxAttributeValues)
    this.include = { ...options.include }
    this.#descriptions = new Descriptions(bounds)
    this.#tracer = new CurrentTracer(options.tracerProvider)
    this.#instruments = new CurrentInstruments(options.meterProvider)
    this.#measurements = new Measurements(bounds, this.include)
  }

  around<Result>(operation: Operation, run: () => Promise<Result>): Promise<Result> {
    const observation = this.#begin(operation)
    return observation === undefined ? run() : this.#observe(observation, run)
  }

  record(measurement: Measurement): void {
    try {
      const instruments = this.#instruments.get()
      if (instruments !== undefined) this.#measurements.record(instruments, measurement)
    } catch (error) {
      this.complain(error)
    }
  }

  readonly complain = (error: unknown): void => {
    if (this.#hasComplained) return
    this.#hasComplained = true
    try {
      diag.error("@annals/telemetry: a span or a metric is lost, as what should take it throws", error)
    } catch {
      // There is nobody left to tell.
    }
  }

  #observe<Result>(observation: Observation, run: () => Promise<Result>): Promise<Result> {
    let running: Promise<Result>
    try {
      running = observation.context === undefined ? run() : runWithin(observation.context, run, this.complain)
    } catch (error) {
      observation.failed(error)
      throw error
    }
    return running.then(
      (result) => {
        observation.succeeded()
        return result
      },
      (error) => {
        observation.failed(error)
        throw error
      },
    )
  }

  /** `undefined`: nobody wants to know. Never throws. */
  #begin(operation: Operation): Observation | undefined {
    try {
      const instruments = this.#instruments.get()
      const tracer = this.#tracer.get()
      if (tracer !== undefined) return this.#trace(operation, instruments, tracer)
      carryOn(operation)
      return instruments && this.#measure(operation, instruments)
    } catch (error) {
      this.complain(error)
      return undefined
    }
  }

  #measure(operation: Operation, instruments: Instruments | undefined): Observation {
    const description = this.#descriptions.of(variantOf(operation), operation)
    return new PlainObservation(this, description, operation, instruments)
  }

  #trace(operation: Operation, instruments: Instruments | undefined, tracer: Tracer): Observation {
    const description = this.#descriptions.of(variantOf(operation), operation)
    const given = [this, description, operation, instruments, tracer] as const
    try {
      if (description.variant === "page") return new PageObservation(...given)
      const page = description.variant === "read" ? PageObservation.current : undefined
      return page === undefined ? new SpanObservation(...given) : new PageReadObservation(page, ...given)
    } catch (error) {
      this.complain(error)
      return new PlainObservation(this, description, operation, instruments)
    }
  }
}
