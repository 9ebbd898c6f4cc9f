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

const file = "docs/observability/alert-rules.yaml"
const { groups } = parse(readFileSync(join(repositoryRoot, file), "utf8"), { strict: true }) as Rules
const rules = groups.flatMap(({ rules }) => rules)
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

  it("leads to what the guide says about it", () => {
    const [url = "", anchor = ""] = (annotations.runbook_url ?? "").split("#")
    expect(url.endsWith(`/${cataloguePage}`)).toBe(true)
    expect(anchors).toContain(anchor)
    expect(sections.get(anchor)).toContain(`\`${alert}\``)
  })
})
