import { globSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import {
  type Manifest,
  type PackageKind,
  readManifest,
  slashed,
  type WorkspacePackage,
  workspacePackages,
} from "../workspace.ts"
import { circularImports, type FileImport } from "./circular-imports.ts"
import { importTarget } from "./imported-package.ts"
import { type ImportSite, readImports } from "./read-imports.ts"
import type { RuleName, Violation } from "./rules.ts"

const testing = "@annals/testing"
const core = "@annals/core"

/** Which published package each driver belongs to. */
const drivers: Readonly<Record<string, string>> = {
  "@opentelemetry/api": "@annals/telemetry",
  "@platformatic/kafka": "@annals/bus-kafka",
  amqplib: "@annals/bus-rabbitmq",
  ioredis: "@annals/bus-redis",
  kafkajs: "@annals/bus-kafka",
  pg: "@annals/store-postgres",
}

/** What users put on top: nothing else notices whether it is there. */
const extras: readonly string[] = ["@annals/snapshots", "@annals/telemetry"]

const needsNoExtra: readonly PackageKind[] = ["published", "faults", "services"]

/** Where a file stands decides what it may import: `src` of a published package is what users install. */
interface Importer {
  readonly owner: WorkspacePackage
  /** Absolute. */
  readonly file: string
  readonly inTests: boolean
}

/** Every breach of the import map in the workspace at `root`. */
export function findViolations(root: string): readonly Violation[] {
  const packages = workspacePackages(root)
  const rootTools = readManifest(root).devDependencies ?? {}
  const byName = new Map(packages.map((each) => [each.manifest.name, each]))
  return packages.flatMap((owner) => {
    const graph = new Map<string, FileImport[]>()
    const found: Violation[] = [...manifestViolations(owner, byName)]
    for (const name of globSync("**/*.{ts,mts,mjs,js}", { cwd: owner.folder, exclude: isOutput }).sort()) {
      const importer: Importer = {
        owner,
        file: join(owner.folder, name),
        inTests: !slashed(name).startsWith("src/"),
      }
      const path = `${owner.path}/${slashed(name)}`
      const within: FileImport[] = []
      for (const site of readImports(importer.file)) {
        const rule = brokenRule(importer, site, byName, rootTools)
        if (rule) found.push({ file: path, line: site.line, specifier: site.specifier, rule })
        else if (importTarget(site.specifier).kind === "file" && !site.typeOnly)
          within.push({ target: targetPath(root, importer.file, site.specifier), ...site })
      }
      graph.set(path, within)
    }
    return [...found, ...circularImports(graph)]
  })
}

function isOutput(name: string): boolean {
  return name === "node_modules" || name === "dist" || name.startsWith(".")
}

function targetPath(root: string, file: string, specifier: string): string {
  return slashed(relative(root, resolve(dirname(file), specifier)))
}

function brokenRule(
  { owner, file, inTests }: Importer,
  { specifier }: ImportSite,
  byName: ReadonlyMap<string, WorkspacePackage>,
  rootTools: Readonly<Record<string, string>>,
): RuleName | undefined {
  const target = importTarget(specifier)
  const isCoreSource = owner.manifest.name === core && !inTests
  switch (target.kind) {
    case "builtin":
      return target.prefixed ? undefined : "node-prefix"
    case "file": {
      const inside = !relative(owner.folder, resolve(dirname(file), specifier)).startsWith("..")
      return inside ? undefined : "public-entry-points"
    }
    case "package": {
      const { name, entry } = target
      if (isCoreSource) return "core-imports-nothing"
      if (name === testing && !inTests)
        return owner.manifest.name === testing ? undefined : "testing-is-dev-only"
      const sibling = byName.get(name)
      if (sibling && !(entry in (sibling.manifest.exports ?? {}))) return "public-entry-points"
      const isAdapterSource = owner.kind === "published" && !inTests
      if (sibling && isAdapterSource && name !== core && sibling !== owner) return "no-sibling-adapter"
      return isDeclared(owner, name, inTests, rootTools) ? undefined : "declared-dependency"
    }
    default:
      return target satisfies never
  }
}

/** Only what users install has to bring all it needs: the rest may use devDependencies, also those of the root. */
function isDeclared(
  { manifest, kind }: WorkspacePackage,
  name: string,
  inTests: boolean,
  rootTools: Readonly<Record<string, string>>,
): boolean {
  if (name === manifest.name) return true
  if (name in installedDependencies(manifest)) return true
  const isTool = inTests || kind === "benchmarks" || kind === "docs" || kind === "scripts"
  return isTool && (name in (manifest.devDependencies ?? {}) || name in rootTools)
}

function installedDependencies(manifest: Manifest): Readonly<Record<string, string>> {
  return { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
}

/** A forbidden dependency is one even where no file imports it yet: users would install it. */
function manifestViolations(
  { path, manifest, kind }: WorkspacePackage,
  byName: ReadonlyMap<string, WorkspacePackage>,
): readonly Violation[] {
  const broken = (name: string): RuleName | undefined => {
    if (name === testing) return "testing-is-dev-only"
    if (kind !== "published") return undefined
    if (manifest.name === core) return "core-imports-nothing"
    if ((drivers[name] ?? manifest.name) !== manifest.name) return "own-driver"
    return byName.has(name) && name !== core ? "no-sibling-adapter" : undefined
  }
  const violation = (specifier: string, rule: RuleName, detail: string): Violation => ({
    file: `${path}/package.json`,
    line: 1,
    specifier,
    rule,
    detail,
  })
  const installed = Object.keys(installedDependencies(manifest)).flatMap((name) => {
    const rule = broken(name)
    return rule ? [violation(name, rule, "as a dependency")] : []
  })
  const ofTests = Object.keys(manifest.devDependencies ?? {})
    .filter((name) => extras.includes(name) && needsNoExtra.includes(kind))
    .map((name) => violation(name, "nothing-needs-it", "as a devDependency"))
  return [...installed, ...ofTests]
}
