import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { anchorsOf, headingsOf } from "../../src/links/anchors.ts"
import { cataloguePage } from "../../src/observability/catalogue-page.ts"
import { readQuery } from "../../src/observability/read-query.ts"
import { readPage, repositoryRoot } from "../../src/repository.ts"
import { problemsOf } from "./query-problems.ts"

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** What promtool tries. */
interface Trials {
  readonly rule_files: readonly string[]
  readonly tests: readonly {
    readonly input_series: readonly { readonly series: string }[]
    readonly alert_rule_test: readonly Trial[]
  }[]
}

interface Trial {
  readonly alertname: string
  readonly exp_alerts: readonly object[]
}

const { groups } = readYaml("docs/observability/alert-rules.yaml") as Rules
const { rule_files, tests } = readYaml("docs/observability/alert-rules.test.yaml") as Trials
const rules = groups.flatMap(({ rules }) => rules)
const trials = tests.flatMap(({ alert_rule_test }) => alert_rule_test)
const guide = readPage(cataloguePage).text
const anchors = anchorsOf(headingsOf(guide))
const sections = new Map(
  guide
    .split(/^#+ /m)
    .map((text): [string, string] => [anchorsOf([text.split("\n")[0] ?? ""])[0] ?? "", text]),
)

it("groups and alerts have names of their own", () => {
  expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length)
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
})

describe("promtool's tests", () => {
  it("are of these rules, and of no other", () => {
    expect(rule_files).toEqual(["alert-rules.yaml"])
    const tried = new Set(trials.map(({ alertname }) => alertname))
    expect([...tried].sort()).toEqual(rules.map(({ alert }) => alert).sort())
  })

  it("have series of metrics and labels that are there", () => {
    const series = tests.flatMap(({ input_series }) => input_series.map(({ series }) => series))
    expect(series.flatMap(problemsOf)).toEqual([])
  })
})

describe.each(rules)("$alert", ({ alert, expr, for: lasting, labels, annotations }) => {
  it("asks for metrics and labels that are there", () => {
    expect(problemsOf(expr)).toEqual([])
  })

  it("says how bad it is, and after which time", () => {
    expect(["warning", "critical"]).toContain(labels.severity)
    expect(lasting ?? "0m").toMatch(/^\d+[smh]$/)
  })

  it("says what it is, by labels that its query leaves", () => {
    const { summary = "", description = "" } = annotations
    expect(summary).not.toBe("")
    expect(description).not.toBe("")
    const left = readQuery(expr).flatMap(({ labels }) => labels)
    const named = [...`${summary} ${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label)
    expect(named.filter((label) => !left.includes(label))).toEqual([])
  })

  it("is tried by promtool: that it fires, and that it doesn't", () => {
    const expected = trials
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts }) => exp_alerts.length)
    expect(Math.max(...expected)).toBeGreaterThan(0)
    expect(Math.min(...expected)).toBe(0)
  })

  it("leads to what the guide says about it", () => {
    const [url = "", anchor = ""] = (annotations.runbook_url ?? "").split("#")
    expect(url.endsWith(`/${cataloguePage}`)).toBe(true)
    expect(anchors).toContain(anchor)
    expect(sections.get(anchor)).toContain(`\`${alert}\``)
  })
})

function readYaml(file: string): unknown {
  return parse(readFileSync(join(repositoryRoot, file), "utf8"), { strict: true })
}
