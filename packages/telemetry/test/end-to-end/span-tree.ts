import type { CollectedSpan } from "./collected-span.ts"

/** The spans of a trace, one on a line, under their parents, those of one parent in the order of their names. */
export function treeOf(spans: readonly CollectedSpan[], traceId: string): string {
  const own = spans.filter((span) => span.traceId === traceId)
  const ids = new Set(own.map(({ spanId }) => spanId))
  const below = (parents: readonly CollectedSpan[], depth: number): readonly string[] =>
    [...parents].sort(byLabel).flatMap((span) => {
      const children = own.filter(({ parentSpanId }) => parentSpanId === span.spanId)
      return [`${"  ".repeat(depth)}${labelOf(span)}`, ...below(children, depth + 1)]
    })
  const isTop = ({ parentSpanId }: CollectedSpan) => parentSpanId === undefined || !ids.has(parentSpanId)
  return below(own.filter(isTop), 0).join("\n")
}

export function labelOf({ service, kind, name }: CollectedSpan): string {
  return `${service}: ${name} (${kind})`
}

function byLabel(left: CollectedSpan, right: CollectedSpan): number {
  return labelOf(left) < labelOf(right) ? -1 : 1
}
