import { type Tracer, type TracerProvider, trace } from "@opentelemetry/api"
import { schemaUrl, scopeName } from "./semantic-conventions.ts"

/** What the API's own provider has beyond a provider: it stands in for the one that is registered, or will be. */
interface ProxyProvider extends TracerProvider {
  getDelegate?(): TracerProvider
  getDelegateTracer?(name: string, version?: string, options?: object): Tracer | undefined
}

/** Gives the tracer of whichever provider there is by now; `undefined`: none is registered, so that nothing needs to be made for it. */
export class CurrentTracer {
  readonly #given: TracerProvider | undefined
  #provider: TracerProvider | undefined
  #tracer: Tracer | undefined

  constructor(given: TracerProvider | undefined) {
    this.#given = given
  }

  get(): Tracer | undefined {
    const proxy: ProxyProvider = this.#given ?? trace.getTracerProvider()
    const provider = proxy.getDelegate === undefined ? proxy : proxy.getDelegate()
    if (provider !== this.#provider) {
      // First of all: a provider that throws isn't asked again.
      this.#provider = provider
      this.#tracer = undefined
      this.#tracer = tracerOf(proxy)
    }
    return this.#tracer
  }
}

function tracerOf(provider: ProxyProvider): Tracer | undefined {
  const about = [scopeName, undefined, { schemaUrl }] as const
  return provider.getDelegateTracer === undefined
    ? provider.getTracer(...about)
    : provider.getDelegateTracer(...about)
}
