import type { MetricRow } from "./catalogue-page.ts"

const units: Readonly<Record<string, string>> = { s: "seconds", ms: "milliseconds", By: "bytes" }

/**
 * What Prometheus calls a metric that it got by OTLP, with its default translation (`UnderscoreEscapingWithSuffixes`): one name, or three of a
 * histogram.
 */
export function prometheusNames({ name, instrument, unit }: MetricRow): readonly string[] {
  const base = withSuffix(prometheusLabel(name), unitSuffix(unit))
  if (instrument === "histogram") return [`${base}_bucket`, `${base}_sum`, `${base}_count`]
  return [instrument === "counter" ? withSuffix(base, "total") : base]
}

/** What Prometheus calls an attribute. */
export function prometheusLabel(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, "_")
}

/** Units in braces are comments. */
function unitSuffix(unit: string): string {
  const [of = "", per = ""] = unit.replaceAll(/\{[^}]*\}/g, "").split("/")
  const suffix = units[of] ?? of
  return per === "" ? suffix : [suffix, "per", per === "s" ? "second" : per].filter(Boolean).join("_")
}

function withSuffix(name: string, suffix: string): string {
  return suffix === "" || name.endsWith(`_${suffix}`) ? name : `${name}_${suffix}`
}
