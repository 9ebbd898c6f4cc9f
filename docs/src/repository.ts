import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, sep } from "node:path"
import { fileURLToPath } from "node:url"

export const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A page of the documentation. */
export interface Page {
  /** From the root, with forward slashes: what messages show. */
  readonly path: string
  readonly text: string
}

const pagePatterns = [
  "*.md",
  "docs/**/*.md",
  "packages/*/*.md",
  "examples/*/*.md",
  "benchmarks/*.md",
  "faults/*.md",
  "services/*.md",
]

/** Every Markdown page that people read: the root's, those in `docs`, and those beside a package or an example. */
export function readPages(): readonly Page[] {
  const exclude = (name: string) => name === "node_modules" || name.startsWith(".")
  return globSync(pagePatterns, { cwd: repositoryRoot, exclude })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => !path.endsWith("CHANGELOG.md"))
    .sort()
    .map(readPage)
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(repositoryRoot, path), "utf8") }
}

/** What users import a package by, and the source file behind it. */
export interface EntryPoint {
  /** `@annals/core`, or with a path behind it. */
  readonly specifier: string
  /** Absolute. */
  readonly file: string
}

/** The entry points of a published package, the main one first. */
export function entryPoints(folder: string): readonly EntryPoint[] {
  const root = join(repositoryRoot, "packages", folder)
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string>>
  }
  return Object.entries(exports)
    .filter(([, file]) => file.endsWith(".ts"))
    .map(([path, file]) => ({ specifier: `@annals/${folder}${path.slice(1)}`, file: join(root, file) }))
}

/** The folders in `packages`: what is published. */
export function publishedFolders(): readonly string[] {
  const packages = join(repositoryRoot, "packages")
  return readdirSync(packages)
    .filter((name) => existsSync(join(packages, name, "package.json")))
    .sort()
}
