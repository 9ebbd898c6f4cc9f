import type { Operation } from "@annals/core"
import { type Context, context, type Link, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api"
import { type SpanVariant, spanCatalogue } from "./span-catalogue.ts"
import { type Carrier, readTraceContext } from "./trace-context.ts"

/** Where a span belongs. */
export interface Placement {
  /** Holds the parent, if there is one. */
  readonly parent: Context
  readonly links: Link[] | undefined
}

const root: Placement = { parent: ROOT_CONTEXT, links: undefined }
const maxLinks = 128

/**
 * Work that events set off belongs where they were recorded, not where somebody once started the subscription: it begins in the root context. Only what runs inside its
 * caller belongs there: an inline projection in its append, a rebuild in who called for it.
 */
export function placeOf(variant: SpanVariant, operation: Operation): Placement {
  const { parent } = spanCatalogue[variant]
  if (parent === "active") return { parent: context.active(), links: undefined }
  if (parent === "none") return root
  if (operation.causes === undefined) {
    return variant === "project" ? { parent: context.active(), links: undefined } : root
  }
  const origins = originsOf(operation.causes)
  if (variant === "project") {
    const inline = placeInline(origins)
    if (inline !== undefined) return inline
  }
  return placeByOrigins(origins, operation.sent && readTraceContext(operation.sent))
}

/** Where a handler that reads no events from elsewhere is called from: the very append that its events are from. */
function placeInline({ contexts }: Origins): Placement | undefined {
  const active = context.active()
  const append = trace.getSpanContext(active)
  if (append === undefined || !contexts.some((each) => isSame(each, append))) return undefined
  return { parent: active, links: linksTo(contexts.filter((each) => !isSame(each, append))) }
}

function placeByOrigins({ contexts, areAll }: Origins, sent: SpanContext | undefined): Placement {
  const [only] = contexts
  if (only === undefined) return sent === undefined ? root : { parent: remote(sent), links: undefined }
  if (contexts.length > 1 || !areAll)
    return { parent: ROOT_CONTEXT, links: linksTo(sent ? [...contexts, sent] : contexts) }
  if (sent === undefined || isSame(sent, only)) return { parent: remote(only), links: undefined }
  // The bus's message was sent from within the trace that the event is of, so it is nearer; or it was sent in a batch.
  if (sent.traceId === only.traceId) return { parent: remote(sent), links: undefined }
  return { parent: remote(only), links: linksTo([sent]) }
}

/** The trace contexts that some causes carry. */
interface Origins {
  /** Each once, and no more of them than were asked for. */
  readonly contexts: readonly SpanContext[]
  /** Whether every cause has one. */
  readonly areAll: boolean
}

export function originsOf(causes: readonly Carrier[], max = maxLinks): Origins {
  const [first] = causes
  if (causes.length !== 1 || first === undefined) return distinctOrigins(causes, max)
  const origin = readTraceContext(first)
  return origin === undefined ? noOrigins : { contexts: [origin], areAll: true }
}

const noOrigins: Origins = { contexts: [], areAll: false }

function distinctOrigins(causes: readonly Carrier[], max: number): Origins {
  const contexts: SpanContext[] = []
  const seen = new Set<unknown>()
  let areAll = true
  for (const cause of causes) {
    const { traceparent } = cause
    if (seen.has(traceparent)) continue
    seen.add(traceparent)
    const found = readTraceContext(cause)
    if (found === undefined) areAll = false
    else if (!contexts.some((each) => isSame(each, found))) contexts.push(found)
    if (contexts.length === max) break
  }
  return { contexts, areAll }
}

function remote(parent: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, parent)
}

function linksTo(contexts: readonly SpanContext[]): Link[] | undefined {
  return contexts.length === 0 ? undefined : contexts.slice(0, maxLinks).map((each) => ({ context: each }))
}

function isSame(left: SpanContext, right: SpanContext): boolean {
  return left.spanId === right.spanId && left.traceId === right.traceId
}
