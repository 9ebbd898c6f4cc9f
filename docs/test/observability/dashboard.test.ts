import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readMetricRows } from "../../src/observability/catalogue-page.ts"
import { dashboard, dashboardPath } from "../../src/observability/dashboard.ts"
import { prometheusNames } from "../../src/observability/prometheus-names.ts"
import { readQuery } from "../../src/observability/read-query.ts"
import { repositoryRoot } from "../../src/repository.ts"
import { problemsOf } from "./query-problems.ts"

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: object
  readonly targets?: readonly Target[]
}

interface Target {
  readonly refId: string
  readonly expr: string
  readonly legendFormat: string
  readonly datasource: object
}

interface Dashboard {
  readonly title: string
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
  readonly panels: readonly Panel[]
}

const { title, schemaVersion, templating, panels } = JSON.parse(
  readFileSync(join(repositoryRoot, dashboardPath), "utf8"),
) as Dashboard
const graphs = panels.filter(({ type }) => type !== "row")
const targets = graphs.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ where: title, ...target })),
)

it("the dashboard is what its source says now", () => {
  const now = JSON.parse(JSON.stringify(dashboard()))
  const kept = JSON.parse(readFileSync(join(repositoryRoot, dashboardPath), "utf8"))
  expect(kept, "run: pnpm --filter @annals/docs dashboard").toEqual(now)
})

describe("Grafana can import it", () => {
  it("has a title, a version of the schema, and a variable for the data source", () => {
    expect(title).not.toBe("")
    expect(schemaVersion).toBeGreaterThanOrEqual(39)
    expect(templating.list).toContainEqual(
      expect.objectContaining({ name: "datasource", type: "datasource", query: "prometheus" }),
    )
  })

  it("gives each panel an id and a title of its own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
  })

  it("has its panels inside of the 24 columns, none over another", () => {
    const taken = new Set<string>()
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos
      expect(x + w, title).toBeLessThanOrEqual(24)
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken, title).not.toContain(`${column}/${row}`)
          taken.add(`${column}/${row}`)
        }
      }
    }
  })

  it("asks the data source that is chosen, each query under a letter of its own", () => {
    const chosen = { type: "prometheus", uid: "$datasource" }
    for (const { title, datasource, targets = [] } of graphs) {
      expect(datasource, title).toEqual(chosen)
      expect(targets.length, title).toBeGreaterThan(0)
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
      for (const target of targets) expect(target.datasource, title).toEqual(chosen)
    }
  })

  it("has the variables that its queries use", () => {
    const builtIn = ["__rate_interval", "__range", "__all"]
    const known = [...templating.list.map(({ name }) => name), ...builtIn]
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name = ""]) => name))
    expect(used.filter((name) => !known.includes(name))).toEqual([])
  })
})

describe("its queries", () => {
  it.each(targets)("$where, $refId: metrics and labels are there", ({ expr }) => {
    expect(problemsOf(expr)).toEqual([])
  })

  it.each(targets)("$where, $refId: the legend names labels that are left", ({ expr, legendFormat }) => {
    const kept = readQuery(expr).flatMap(({ labels }) => labels)
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label)
    const isRaw = !/\bby \(/.test(expr)
    expect(named.filter((label) => !kept.includes(label) && !isRaw)).toEqual([])
  })

  it("show every metric that there is", () => {
    const shown = new Set(targets.flatMap(({ expr }) => readQuery(expr).flatMap(({ metrics }) => metrics)))
    const missing = readMetricRows().filter((row) => !prometheusNames(row).some((name) => shown.has(name)))
    expect(missing.map(({ name }) => name)).toEqual([])
  })
})
