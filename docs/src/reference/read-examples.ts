import { globSync, readFileSync } from "node:fs"
import { join, sep } from "node:path"
import { parseSync } from "oxc-parser"
import { repositoryRoot } from "../repository.ts"
import { readDoc } from "./read-doc.ts"

/** An `@example` of a doc comment. */
export interface DocExample {
  /** From the root. */
  readonly path: string
  /** Of the comment, from 1. */
  readonly line: number
  readonly code: string
}

/** The examples in all doc comments of the published packages. */
export function readExamples(): readonly DocExample[] {
  return globSync("packages/*/src/**/*.ts", { cwd: repositoryRoot })
    .map((name) => name.split(sep).join("/"))
    .sort()
    .flatMap(examplesIn)
}

function examplesIn(path: string): readonly DocExample[] {
  const source = readFileSync(join(repositoryRoot, path), "utf8")
  if (!source.includes("@example")) return []
  return parseSync(path, source).comments.flatMap(({ value, start }) => {
    if (!value.startsWith("*") || !value.includes("@example")) return []
    const line = source.slice(0, start).split("\n").length
    return readDoc(withoutStars(value)).examples.map((code) => ({ path, line, code }))
  })
}

/** The text of a doc comment, without its stars. */
export function withoutStars(comment: string): string {
  return comment
    .slice(1)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim()
}
