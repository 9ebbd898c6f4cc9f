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

/** The folders in `packages`: what is published. */
export function publishedFolders(): readonly string[] {
  const packages = join(repositoryRoot, "packages")
  return readdirSync(packages)
    .filter((name) => existsSync(join(packages, name, "package.json")))
    .sort()
}
