import type { Manifest } from "./workspace.ts"

interface PackedManifest extends Manifest {
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly engines?: { readonly node?: string }
}

/** Files that are neither built code nor a page for readers have no place in a tarball. */
const allowedFile = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/.+\.(js|d\.ts))$/

/** What is wrong with a packed package by the rules of this repository; publint and attw know nothing of them. */
export function packageProblems(manifestText: string, files: readonly string[]): string[] {
  const manifest = JSON.parse(manifestText) as PackedManifest
  const problems: string[] = []
  for (const protocol of ["workspace:", "catalog:"])
    if (manifestText.includes(`"${protocol}`)) problems.push(`package.json still holds "${protocol}"`)
  if (manifest.license !== "MIT") problems.push("license must be MIT")
  if (manifest.type !== "module") problems.push('type must be "module"')
  if (manifest.sideEffects !== false) problems.push("sideEffects must be false")
  if (manifest.engines?.node !== ">=22.16") problems.push("engines.node must be >=22.16")
  if (manifest.name === "@annals/core" && Object.keys(manifest.dependencies ?? {}).length > 0)
    problems.push("@annals/core must have no dependencies")
  for (const file of ["README.md", "CHANGELOG.md", "LICENSE"])
    if (!files.includes(file)) problems.push(`${file} is missing`)
  for (const file of files)
    if (!allowedFile.test(file)) problems.push(`${file} does not belong in the package`)
  const targets = entryTargets(manifest.exports)
  if (targets.length === 0) problems.push("exports names no file")
  for (const target of targets)
    if (!files.includes(target.replace("./", "")))
      problems.push(`exports names ${target}, which is not in the package`)
  return problems
}

/** Every file that `exports` names, through all its conditions. `null` closes an entry and names none. */
function entryTargets(exports: unknown): readonly string[] {
  if (typeof exports === "string") return [exports]
  if (typeof exports !== "object" || exports === null) return []
  return Object.values(exports).flatMap(entryTargets)
}
