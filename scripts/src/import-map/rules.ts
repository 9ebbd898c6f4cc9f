/** The rules of the import map. Each name stands in the message that a breach of it gives. */
const rules = {
  "core-imports-nothing": "core may import its own files and node: builtins, nothing else",
  "no-sibling-adapter":
    "a package may import @annals/core and its own driver, never another package of Annals",
  "nothing-needs-it":
    "no package, and nothing that tests them, may need @annals/snapshots or @annals/telemetry, not even as a devDependency: without one of them the rest builds and passes",
  "own-driver": "each driver belongs to one package: pg to @annals/store-postgres",
  "testing-is-dev-only": "@annals/testing may be imported by tests only, as a devDependency",
  "declared-dependency":
    "what src imports must be a dependency or peerDependency of its package; tests may also use devDependencies, their own or the root's",
  "public-entry-points":
    "another package may be imported only by its name and an entry that its exports list",
  "node-prefix": "Node's builtins are imported with the node: prefix",
  "no-circular-imports": "files of one package may not import each other in a circle",
} as const

export type RuleName = keyof typeof rules

export interface Violation {
  /** From the root, with forward slashes. */
  readonly file: string
  readonly line: number
  readonly specifier: string
  readonly rule: RuleName
  readonly detail?: string
}

export function describeViolation({ file, line, specifier, rule, detail }: Violation): string {
  const addition = detail === undefined ? "" : ` (${detail})`
  return `${file}:${line} imports "${specifier}": rule "${rule}": ${rules[rule]}${addition}`
}
