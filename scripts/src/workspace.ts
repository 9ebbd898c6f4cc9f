import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

export const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export type PackageKind = "published" | "example" | "benchmarks" | "docs" | "faults" | "scripts" | "services"

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface WorkspacePackage {
  readonly kind: PackageKind
  /** Absolute. */
  readonly folder: string
  /** From the root, with forward slashes: what messages show. */
  readonly path: string
  readonly manifest: Manifest
}

const groups = { packages: "published", examples: "example" } as const
const singles = {
  benchmarks: "benchmarks",
  docs: "docs",
  faults: "faults",
  scripts: "scripts",
  services: "services",
} as const

/** Every package of the workspace, by the folders that `pnpm-workspace.yaml` names. */
export function workspacePackages(root: string = repositoryRoot): readonly WorkspacePackage[] {
  const grouped = Object.entries(groups).flatMap(([group, kind]) =>
    existsSync(join(root, group))
      ? readdirSync(join(root, group)).map((name) => ({ kind, folder: join(root, group, name) }))
      : [],
  )
  const single = Object.entries(singles).map(([name, kind]) => ({ kind, folder: join(root, name) }))
  return [...grouped, ...single]
    .filter(({ folder }) => existsSync(join(folder, "package.json")))
    .map(({ kind, folder }) => ({
      kind,
      folder,
      path: slashed(relative(root, folder)),
      manifest: readManifest(folder),
    }))
}

export function publishedPackages(root: string = repositoryRoot): readonly WorkspacePackage[] {
  return workspacePackages(root).filter(({ kind }) => kind === "published")
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
}

export function slashed(path: string): string {
  return path.split(sep).join("/")
}
