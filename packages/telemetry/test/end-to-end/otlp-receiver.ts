import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import { type CollectedSpan, type ExportRequest, spansOf } from "./collected-span.ts"

/** Takes what exporters send by OTLP over HTTP, as JSON, from this machine only. */
export interface OtlpReceiver extends AsyncDisposable {
  /** What exporters take as their `url`. */
  readonly url: string
  /** All that came so far. */
  readonly spans: readonly CollectedSpan[]
  /** Resolves when the spans are such that `check` no longer throws: looks at them whenever some came. */
  until(check: (spans: readonly CollectedSpan[]) => void): Promise<void>
}

const path = "/v1/traces"

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: CollectedSpan[] = []
  const watchers = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const isTraces = request.method === "POST" && request.url === path
    if (isTraces) spans.push(...spansOf(await exported(request)))
    response.writeHead(isTraces ? 200 : 404, { "content-type": "application/json" }).end("{}")
    for (const watcher of watchers) watcher()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    spans,
    until: (check) => watch(watchers, () => check(spans)),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

function exported(request: IncomingMessage): Promise<ExportRequest> {
  return json(request) as Promise<ExportRequest>
}

const patienceMs = 30_000

function watch(watchers: Set<() => void>, check: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let failure: unknown
  const look = () => {
    try {
      check()
      resolve()
    } catch (error) {
      failure = error
    }
  }
  const timer = setTimeout(() => reject(failure), patienceMs)
  watchers.add(look)
  look()
  return promise.finally(() => {
    clearTimeout(timer)
    watchers.delete(look)
  })
}
