/** A span as it came over the wire, with the service that it came from. */
export interface CollectedSpan {
  readonly service: string
  /** Who made it: the name of the instrumentation. */
  readonly scope: string
  readonly name: string
  readonly kind: SpanKindName
  readonly traceId: string
  readonly spanId: string
  /** `undefined`: it is a root. */
  readonly parentSpanId: string | undefined
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
}

/** In the order of their numbers in the protocol. */
const kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const
type SpanKindName = (typeof kinds)[number]

/** What is used of `ExportTraceServiceRequest`, in the JSON encoding of OTLP. */
export interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string }
      readonly spans: readonly WireSpan[]
    }[]
  }[]
}

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes?: readonly KeyValue[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status?: { readonly code?: number }
}

interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  /** 64 bits are text in JSON. */
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly AnyValue[] }
}

const errorStatus = 2

export function spansOf({ resourceSpans }: ExportRequest): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)["service.name"])
    return scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => collected(service, scope.name, span)))
  })
}

function collected(service: string, scope: string, span: WireSpan): CollectedSpan {
  const { traceId, spanId, name, kind, parentSpanId = "", attributes = [], links = [], status } = span
  return {
    service,
    scope,
    name,
    kind: kinds[kind] ?? "UNSPECIFIED",
    traceId,
    spanId,
    parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    attributes: attributesOf(attributes),
    failed: status?.code === errorStatus,
  }
}

function attributesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))
}

function plainValue(value: AnyValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue)
  if (value.intValue !== undefined) return Number(value.intValue)
  return value.stringValue ?? value.boolValue ?? value.doubleValue
}
