import type { Operation } from "@annals/core"
import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from "@opentelemetry/api"
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
  const last = contexts.at(-1)
  if (last === undefined) return sent === undefined ? root : { parent: remote(sent), links: undefined }
  if (!areAll || contexts.some((each) => each.traceId !== last.traceId)) {
    return { parent: ROOT_CONTEXT, links: linksTo(sent === undefined ? contexts : [...contexts, sent]) }
  }
  // The bus's message was sent from within the trace that the event is of, so it is nearer; or it was sent in a batch.
  if (sent?.traceId === last.traceId) return { parent: remote(sent), links: undefined }
  const others = contexts.slice(0, -1)
  return { parent: remote(last), links: linksTo(sent === undefined ? others : [...others, sent]) }
}

/** The trace contexts that some causes carry. */
interface Origins {
  /** Each once, in the order of the causes, and no more of them than were asked for. */
  readonly contexts: readonly SpanContext[]
  /** Whether every cause has one. */
  readonly areAll: boolean
}

export function originsOf(causes: readonly Carrier[], max = Number.POSITIVE_INFINITY): Origins {
  const [first] = causes
  if (causes.length !== 1 || first === undefined) return distinctOrigins(causes, max)
  const origin = readTraceContext(first)
  return origin === undefined ? noOrigins : { contexts: [origin], areAll: true }
}

const noOrigins: Origins = { contexts: [], areAll: false }

function distinctOrigins(causes: readonly Carrier[], max: number): Origins {
  const contexts = new Map<string, SpanContext>()
  const seen = new Set<unknown>()
  let areAll = true
  for (const cause of causes) {
    if (seen.has(cause.traceparent)) continue
    seen.add(cause.traceparent)
    const found = readTraceContext(cause)
    if (found === undefined) areAll = false
    else contexts.set(found.traceId + found.spanId, found)
    if (contexts.size === max) break
  }
  return { contexts: [...contexts.values()], areAll }
}

function remote(parent: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, parent)
}

/** If they are too many, first of all those that are sampled: where nothing was sampled, a link leads nowhere. */
function linksTo(contexts: readonly SpanContext[]): Link[] | undefined {
  if (contexts.length === 0) return undefined
  return mostUseful(contexts).map((context) => ({ context }))
}

function mostUseful(contexts: readonly SpanContext[]): readonly SpanContext[] {
  if (contexts.length <= maxLinks) return contexts
  const sampled = contexts.filter(isSampled)
  const others = contexts.filter((each) => !isSampled(each))
  return [...sampled, ...others].slice(0, maxLinks)
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0
}

function isSame(left: SpanContext, right: SpanContext): boolean {
  return left.spanId === right.spanId && left.traceId === right.traceId
}
