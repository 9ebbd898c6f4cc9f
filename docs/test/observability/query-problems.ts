import { readMetricRows } from "../../src/observability/catalogue-page.ts"
import { prometheusLabel, prometheusNames } from "../../src/observability/prometheus-names.ts"
import { readQuery } from "../../src/observability/read-query.ts"

/** Labels of every series: of its resource. */
const common = ["job", "instance"]

const labelsOf = new Map(
  readMetricRows().flatMap((row) =>
    prometheusNames(row).map((name): [string, readonly string[]] => [
      name,
      [...common, ...(name.endsWith("_bucket") ? ["le"] : []), ...row.attributes.map(prometheusLabel)],
    ]),
  ),
)

/** What a query asks for that no metric has. */
export function problemsOf(expr: string): readonly string[] {
  const parts = readQuery(expr)
  if (parts.every(({ metrics }) => metrics.length === 0)) return [`asks for no metric: ${expr}`]
  return parts.flatMap(({ metrics, labels }) => metrics.flatMap((metric) => problemsWith(metric, labels)))
}

function problemsWith(metric: string, labels: readonly string[]): readonly string[] {
  const there = labelsOf.get(metric)
  if (there === undefined) return [`there is no metric ${metric}`]
  return labels.filter((label) => !there.includes(label)).map((label) => `${metric} has no ${label}`)
}
