import { createMemoryStore, createRepository } from "@annals/core"
import { createSnapshots, everyEvents, type SnapshotOptions } from "@annals/snapshots"
import { createTelemetry } from "@annals/telemetry"
import { context } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"
import { afterEach, expect, it } from "vitest"
import { account } from "./account.ts"

afterEach(() => context.disable())

/** Of two requests at a time, each with a snapshot: what is below them, as `name (children…)`. */
async function treesOf(take: SnapshotOptions<unknown>["take"] & {}): Promise<readonly string[]> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const tracer = tracerProvider.getTracer("test")
  const request = (run: () => Promise<unknown>) =>
    tracer.startActiveSpan("request", (span) => run().finally(() => span.end()))
  await using store = createMemoryStore({ observer: createTelemetry({ tracerProvider }) })
  await using snapshots = createSnapshots(store, account, { policy: everyEvents(1), take })
  const accounts = createRepository(store, account, { snapshots })
  await Promise.all(
    ["alice", "bob"].map((id) => request(() => accounts.execute(id, "deposit", { cents: 1 }))),
  )
  await snapshots.close()
  const spans = exporter.getFinishedSpans()
  const show = (parent: string | undefined): string[] =>
    spans
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
      .map((span) => {
        const children = show(span.spanContext().spanId)
        return children.length === 0 ? span.name : `${span.name} (${children.join(", ")})`
      })
  return show(undefined)
}

it.each([
  ["transaction", "append account (snapshot account)"],
  ["after", "append account, snapshot account"],
  ["background", "append account, snapshot account"],
] as const)("a snapshot that is taken by %s is told in the command that it is of", async (take, taken) => {
  const command = `execute account.deposit (load account (read account), ${taken})`
  expect(await treesOf(take)).toEqual([`request (${command})`, `request (${command})`])
})
