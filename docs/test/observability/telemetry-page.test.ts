import { metricCatalogue, semanticConventions, spanCatalogue } from "@annals/telemetry"
import { describe, expect, it } from "vitest"
import {
  cataloguePage,
  readMetricRows,
  readSpanRows,
  type SpanRow,
} from "../../src/observability/catalogue-page.ts"
import { prometheusNames } from "../../src/observability/prometheus-names.ts"
import { readPage } from "../../src/repository.ts"
import { recordTelemetry } from "./record-telemetry.ts"
import { operations } from "./telemetry-scene.ts"

const page = readPage(cataloguePage).text
const metricRows = readMetricRows()
const spanRows = readSpanRows()
const { spans, metrics, schemaUrls } = await recordTelemetry()

/** What every span has: the last two where there is something to tell. */
const everywhere = ["annals.operation", "annals.outcome", "error.type", "annals.tenant", "annals.stream.id"]

describe("the page's tables of metrics", () => {
  it("have every metric of the catalogue, each of which is recorded, and no other", () => {
    const shown = metricRows.map(({ name }) => name).sort()
    expect(shown).toEqual(Object.keys(metricCatalogue).sort())
    expect(shown).toEqual(metrics.map(({ name }) => name).sort())
  })

  it.each(metricRows)("say of $name its instrument, unit and attributes", (row) => {
    const shown = { ...row, attributes: [...row.attributes].sort() }
    expect(metrics.find(({ name }) => name === row.name)).toEqual(shown)
  })

  it("say how metrics are called in Prometheus", () => {
    const [, section = ""] = /\n## Dashboard\n(.*?)\n## /s.exec(page) ?? []
    const rows = [...section.matchAll(/^\| `([\w.]+)`,[^|]*\| `(\w+)`/gm)]
    expect(rows.length).toBeGreaterThan(3)
    for (const [, name, inPrometheus] of rows) {
      const row = metricRows.find((row) => row.name === name)
      expect(row && prometheusNames(row)).toContain(inPrometheus)
    }
  })
})

describe("the page's table of spans", () => {
  it("has every span of the catalogue, each of which is made, and no other", () => {
    expect(spanRows.map(({ name }) => name).sort()).toEqual(
      Object.values(spanCatalogue)
        .map(({ name }) => name)
        .sort(),
    )
    expect(spanRows.length).toBe(spans.length)
    expect([...new Set(spanRows.map(({ operation }) => operation))].sort()).toEqual(
      Object.keys(operations).sort(),
    )
  })

  it.each(spanRows)("says of $operation, $kind, its name, parent and attributes", (row) => {
    const index = spanRows.filter(({ operation }) => operation === row.operation).indexOf(row)
    const span = spans.find((span) => span.operation === row.operation && span.index === index)
    expect(span).toEqual({
      operation: row.operation,
      index,
      name: nameOf(row, index),
      kind: row.kind,
      parent: row.parent,
      attributes: [...row.attributes, ...everywhereOf(row, index)].sort(),
    })
  })
})

it("the page explains every attribute, and no other", () => {
  const used = new Set(
    [...metricRows, ...spanRows].flatMap(({ attributes }) => attributes).concat(everywhere),
  )
  const [, section = ""] = /\n### Attributes\n(.*?)\n### /s.exec(page) ?? []
  const explained = section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name))
  expect(explained.sort()).toEqual([...used].sort())
})

it("the page names the version of the conventions that is told to backends", () => {
  expect(/version \*\*([\d.]+)\*\*/.exec(page)?.[1]).toBe(semanticConventions)
  expect(schemaUrls).toEqual([`https://opentelemetry.io/schemas/${semanticConventions}`])
})

function everywhereOf(row: SpanRow, index: number): readonly string[] {
  const { tenant, streamId } = toldOf(row, index)
  const untold = [
    ...(tenant === undefined ? ["annals.tenant"] : []),
    ...(streamId === undefined ? ["annals.stream.id"] : []),
  ]
  return everywhere.filter((name) => !untold.includes(name))
}

function nameOf(row: SpanRow, index: number): string {
  const told = toldOf(row, index)
  return row.name.replaceAll(/\{(\w+)\}/g, (_all, key: string) => String(told[key]))
}

function toldOf({ operation }: SpanRow, index: number): Readonly<Record<string, unknown>> {
  return { ...operations[operation as keyof typeof operations][index] }
}
