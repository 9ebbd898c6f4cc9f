import { type PanelSpec, type RowSpec, rows } from "./panels.ts"

/** From the root. */
export const dashboardPath = "docs/observability/grafana-dashboard.json"

const datasource = { type: "prometheus", uid: "$datasource" }
const panelHeight = 8

/** The dashboard as Grafana imports it, version 10 and newer. */
export function dashboard(): object {
  return {
    title: "Annals",
    uid: "annals",
    description:
      "Appends, commands, subscriptions, buses, outboxes and snapshots, from the metrics of @annals/telemetry.",
    tags: ["annals", "event-sourcing"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    timezone: "browser",
    templating: { list: [datasourceVariable, jobVariable] },
    annotations: { list: [] },
    links: [],
    panels: layOut(rows),
  }
}

const datasourceVariable = {
  name: "datasource",
  label: "Data source",
  type: "datasource",
  query: "prometheus",
  current: {},
  hide: 0,
}

const jobVariable = {
  name: "job",
  label: "Service",
  type: "query",
  datasource,
  definition: 'label_values({__name__=~"annals_.+"}, job)',
  query: { query: 'label_values({__name__=~"annals_.+"}, job)', refId: "job" },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: ".*",
  current: { text: "All", value: "$__all" },
  hide: 0,
}

function layOut(specs: readonly RowSpec[]): readonly object[] {
  const panels: object[] = []
  let y = 0
  for (const { title, panels: inRow } of specs) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: 24, h: 1 },
    })
    y++
    const perLine = inRow.length % 3 === 0 ? 3 : inRow.length % 4 === 0 ? 4 : 2
    const w = 24 / perLine
    for (const [index, spec] of inRow.entries()) {
      const gridPos = {
        x: (index % perLine) * w,
        y: y + Math.floor(index / perLine) * panelHeight,
        w,
        h: panelHeight,
      }
      panels.push({ id: panels.length + 1, ...panel(spec), gridPos })
    }
    y += Math.ceil(inRow.length / perLine) * panelHeight
  }
  return panels
}

function panel({ title, description, unit, queries, redFrom }: PanelSpec): object {
  const targets = queries.map(([expr, legendFormat], index) => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr,
    legendFormat,
    editorMode: "code",
    range: redFrom === undefined,
    instant: redFrom !== undefined,
  }))
  const about = { title, description, datasource, targets }
  if (redFrom === undefined) {
    const defaults = { unit, min: 0, custom: { drawStyle: "line", fillOpacity: 8, showPoints: "never" } }
    const options = {
      legend: { displayMode: "list", placement: "bottom", showLegend: true },
      tooltip: { mode: "multi", sort: "desc" },
    }
    return { type: "timeseries", ...about, fieldConfig: { defaults, overrides: [] }, options }
  }
  const steps = [
    { color: "green", value: null },
    { color: "red", value: redFrom },
  ]
  const defaults = { unit, decimals: 0, thresholds: { mode: "absolute", steps } }
  const options = {
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    colorMode: "background",
    graphMode: "none",
  }
  return { type: "stat", ...about, fieldConfig: { defaults, overrides: [] }, options }
}
