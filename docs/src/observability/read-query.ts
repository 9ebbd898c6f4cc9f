/** What a PromQL query speaks of. */
export interface QueryPart {
  /** Names of metrics. */
  readonly metrics: readonly string[]
  /** Labels that it selects or groups by. */
  readonly labels: readonly string[]
}

/** A query, divided where operators join vectors. Knows what our own queries are made of, not all of PromQL. */
export function readQuery(expr: string): readonly QueryPart[] {
  return expr.split(/\b(?:and|or|unless)\b|\s\/\s/).map((part) => {
    const groupings = [...part.matchAll(/\b(?:by|on|ignoring|without)\s*\(([^)]*)\)/g)]
    const selectors = [...part.matchAll(/\{([^}]*)\}/g)]
    const grouped = groupings.flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()))
    const selected = selectors.flatMap(([, list = ""]) =>
      [...list.matchAll(/(\w+)\s*[=!]/g)].map(([, label = ""]) => label),
    )
    const rest = part.replaceAll(/\b(?:by|on|ignoring|without)\s*\([^)]*\)/g, "").replaceAll(/\{[^}]*\}/g, "")
    const metrics = [...rest.matchAll(/\b(?:annals|db|messaging)_\w+/g)].map(([name]) => name)
    return { metrics, labels: [...grouped, ...selected].filter((label) => label !== "") }
  })
}
