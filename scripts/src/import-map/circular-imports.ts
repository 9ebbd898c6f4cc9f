import type { Violation } from "./rules.ts"

export interface FileImport {
  /** From the root, with forward slashes, as are all files here. */
  readonly target: string
  readonly specifier: string
  readonly line: number
}

/** One violation per circle, at the import that closes it when files are visited in order of their names. */
export function circularImports(graph: ReadonlyMap<string, readonly FileImport[]>): readonly Violation[] {
  const violations: Violation[] = []
  const done = new Set<string>()
  const path: string[] = []

  const visit = (file: string) => {
    path.push(file)
    for (const { target, specifier, line } of graph.get(file) ?? []) {
      const start = path.indexOf(target)
      if (start !== -1) {
        const detail = [...path.slice(start), target].join(" → ")
        violations.push({ file, line, specifier, rule: "no-circular-imports", detail })
      } else if (!done.has(target)) visit(target)
    }
    path.pop()
    done.add(file)
  }
  for (const file of [...graph.keys()].sort()) if (!done.has(file)) visit(file)
  return violations
}
