import { context, metrics, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace"

/** OpenTelemetry's SDK as an application registers it, with exporters that only count. */
export interface RegisteredSdk {
  /** Exports what waits and unregisters the SDK. Rejects where fewer or more spans were exported: who loses spans would be fast. */
  unregister(expectedSpans: number): Promise<void>
}

export function registerSdk(): RegisteredSdk {
  let spans = 0
  const spanExporter: SpanExporter = {
    export(batch, done) {
      spans += batch.length
      done({ code: 0 })
    },
    shutdown: async () => {},
  }
  const tracers = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: spanExporter })] })
  const meters = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: idleMetricExporter })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(tracers)
  metrics.setGlobalMeterProvider(meters)
  return {
    async unregister(expectedSpans) {
      for (const api of [context, trace, metrics]) api.disable()
      await Promise.all([tracers.shutdown(), meters.shutdown()])
      if (spans !== expectedSpans) throw new Error(`${spans} spans were exported of ${expectedSpans}`)
    },
  }
}

const idleMetricExporter: PushMetricExporter = {
  export: (_metrics, done) => done({ code: 0 }),
  forceFlush: async () => {},
  shutdown: async () => {},
}
