import { createMemoryStore, type Operation, type OperationName } from "@annals/core"
import {
  type Context,
  type ContextManager,
  context,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api"
import { afterEach, describe, expect, it } from "vitest"
import { createTelemetry } from "../src/index.ts"
import { accountStream, deposited, events } from "./bank.ts"
import { openTelemetry } from "./telemetry-scene.ts"

const names: readonly OperationName[] = ["append", "read", "page", "handle", "publish"]
const operation = (name: OperationName): Operation => ({
  name,
  system: "memory",
  subject: "s",
  eventCount: 1,
  metadata: {},
})

/** Whatever is asked of it is a function, which throws. */
const broken = (depth: number): never =>
  new Proxy(() => {}, {
    get: (_target, name) => (name === "then" ? undefined : broken(depth)),
    apply: () => {
      if (depth === 0) throw new Error("the SDK is broken")
      return broken(depth - 1)
    },
  }) as never

const oddities = ["throws-before", "throws-after", "twice", "never", "later"] as const
type Oddity = (typeof oddities)[number]

class OddContextManager implements ContextManager {
  readonly #how: Oddity
  constructor(how: Oddity) {
    this.#how = how
  }
  active(): Context {
    return ROOT_CONTEXT
  }
  with<Args extends unknown[], Run extends (...args: Args) => ReturnType<Run>>(
    _context: Context,
    run: Run,
    _thisArg?: ThisParameterType<Run>,
    ...args: Args
  ): ReturnType<Run> {
    if (this.#how === "throws-before") throw new Error("no context")
    if (this.#how === "later") setImmediate(() => run(...args))
    if (this.#how === "never" || this.#how === "later") return undefined as ReturnType<Run>
    const result = run(...args)
    if (this.#how === "throws-after") throw new Error("no context")
    return this.#how === "twice" ? run(...args) : result
  }
  bind<Target>(_context: unknown, target: Target): Target {
    return target
  }
  enable(): this {
    return this
  }
  disable(): this {
    return this
  }
}

afterEach(() => context.disable())

describe("an SDK that throws", () => {
  it.each([0, 1, 2, 3])("does no harm to an operation, from its call %i on", async (depth) => {
    const observer = createTelemetry({ tracerProvider: broken(depth), meterProvider: broken(depth) })
    for (const name of names) {
      let runs = 0
      const result = {}
      const running = observer.around(operation(name), async () => {
        runs++
        return result
      })
      expect(runs).toBe(1)
      expect(await running).toBe(result)
      const error = new Error("own")
      await expect(observer.around(operation(name), () => Promise.reject(error))).rejects.toBe(error)
    }
    observer.record({ name: "bus.handled", value: 1 })
  })

  it("is told of once, where OpenTelemetry tells of itself, also if that throws", async () => {
    let told = 0
    const tell = () => {
      told++
      throw new Error("no")
    }
    const logger = { error: tell, warn: tell, info: tell, debug: tell, verbose: tell }
    diag.setLogger(logger, { suppressOverrideMessage: true })
    told = 0
    try {
      const observer = createTelemetry({ tracerProvider: broken(1), meterProvider: broken(1) })
      for (const name of names) await observer.around(operation(name), async () => {})
      expect(told).toBe(1)
    } finally {
      diag.disable()
    }
  })

  it("isn't asked for a tracer or a meter again", async () => {
    let asked = 0
    const ask = () => {
      asked++
      throw new Error("no")
    }
    const observer = createTelemetry({
      tracerProvider: { getTracer: ask },
      meterProvider: { getMeter: ask },
    })
    for (let turn = 0; turn < 3; turn++) await observer.around(operation("append"), async () => {})
    expect(asked).toBe(2)
  })

  it.each(oddities)(
    "as a context manager that runs nothing, twice or later, doesn't either: %s",
    async (how) => {
      await using telemetry = openTelemetry()
      context.disable()
      context.setGlobalContextManager(new OddContextManager(how))
      let runs = 0
      const running = telemetry.observer.around(operation("handle"), async () => ++runs)
      expect(runs).toBe(1)
      expect(await running).toBe(1)
      await new Promise(setImmediate)
      expect(runs).toBe(1)
    },
  )

  it("lets a store do its work", async () => {
    const observer = createTelemetry({ tracerProvider: broken(1), meterProvider: broken(1) })
    await using store = createMemoryStore({ observer, events })
    await store.append(accountStream("a"), [deposited({ cents: 1 })])
    expect(await store.streamVersion(accountStream("a"))).toBe(1)
  })
})

/** One method of its spans throws. */
class OddTracer implements TracerProvider, Tracer {
  readonly #tracer: Tracer
  readonly #throwing: keyof Span
  readonly ended: string[] = []
  constructor(tracer: Tracer, throwing: keyof Span) {
    this.#tracer = tracer
    this.#throwing = throwing
  }
  getTracer(): Tracer {
    return this
  }
  startSpan(name: string): Span {
    const span = this.#tracer.startSpan(name)
    span[this.#throwing] = () => {
      throw new Error("the SDK is broken")
    }
    const end = span.end.bind(span)
    span.end = (at) => {
      this.ended.push(name)
      end(at)
    }
    return span
  }
  startActiveSpan(): never {
    throw new Error("not asked for")
  }
}

describe("an operation", () => {
  it.each(["spanContext", "isRecording", "setAttribute", "setStatus", "addEvent"] as const)(
    "has its span ended once, also where %s throws",
    async (method) => {
      await using telemetry = openTelemetry()
      const tracerProvider = new OddTracer(telemetry.tracerProvider.getTracer("t"), method)
      const observer = createTelemetry({ tracerProvider, include: { errorMessage: true } })
      for (const name of names) expect(await observer.around(operation(name), async () => name)).toBe(name)
      const spans = ["append", "read", "page s", "process s", "publish"]
      expect(tracerProvider.ended).toEqual(spans)
      const error = new Error("own")
      for (const name of names)
        await expect(observer.around(operation(name), () => Promise.reject(error))).rejects.toBe(error)
      expect(tracerProvider.ended).toEqual([...spans, ...spans])
    },
  )

  it.each(["message", "stack"])(
    "has its span ended as failed, also where the %s of its error can't be looked at",
    async (property) => {
      await using telemetry = openTelemetry({ include: { errorMessage: true } })
      const get = () => {
        throw new Error("don't look")
      }
      const error = Object.defineProperty(new Error("own"), property, { get })
      const failing = telemetry.observer.around(operation("append"), () => Promise.reject(error))
      await expect(failing).rejects.toBe(error)
      expect(telemetry.one("append").status.code).toBe(SpanStatusCode.ERROR)
    },
  )

  it("that throws at once throws at once, and its span ends", async () => {
    await using telemetry = openTelemetry()
    const error = new Error("at once")
    const run = () => {
      throw error
    }
    expect(() => telemetry.observer.around(operation("append"), run)).toThrow(error)
    expect(telemetry.one("append").attributes).toMatchObject({ "error.type": "Error" })
  })

  it("that fails with anything fails with just that", async () => {
    await using telemetry = openTelemetry()
    const evil = new Proxy(new Error("x"), {
      get: () => {
        throw new Error("don't look")
      },
    })
    for (const thrown of [undefined, null, 7, "text", Object.create(null), evil]) {
      let seen: unknown = "nothing"
      await telemetry.observer
        .around(operation("append"), () => Promise.reject(thrown))
        .catch((error) => {
          seen = error
        })
      expect(seen === thrown).toBe(true)
    }
    expect(telemetry.spans().map(({ attributes }) => attributes["error.type"])).toEqual(
      Array(6).fill("_OTHER"),
    )
  })
})
