import { readFileSync } from "node:fs"
import { parseSync, Visitor } from "oxc-parser"

export interface ImportSite {
  readonly specifier: string
  /** From 1. */
  readonly line: number
  /** Nothing of it is left once the types are stripped. */
  readonly typeOnly: boolean
}

/** Everything a file imports by a literal name: static, re-exported, dynamic, `require` and `import("…")` types. */
export function readImports(file: string): readonly ImportSite[] {
  const source = readFileSync(file, "utf8")
  const { program, errors } = parseSync(file, source)
  const [error] = errors
  if (error) throw new Error(`${file}: ${error.message}`)

  const sites: ImportSite[] = []
  const add = (specifier: unknown, offset: number, typeOnly: boolean) => {
    if (typeof specifier !== "string") return
    sites.push({ specifier, line: source.slice(0, offset).split("\n").length, typeOnly })
  }
  new Visitor({
    ImportDeclaration: ({ source: from, start, importKind }) => add(from.value, start, importKind === "type"),
    ExportNamedDeclaration: ({ source: from, start, exportKind }) => {
      if (from) add(from.value, start, exportKind === "type")
    },
    ExportAllDeclaration: ({ source: from, start, exportKind }) =>
      add(from.value, start, exportKind === "type"),
    ImportExpression: ({ source: from, start }) => {
      if (from.type === "Literal") add(from.value, start, false)
    },
    TSImportType: ({ source: from, start }) => add(from.value, start, true),
    CallExpression: ({ callee, arguments: [first], start }) => {
      if (callee.type === "Identifier" && callee.name === "require" && first?.type === "Literal")
        add(first.value, start, false)
    },
  }).visit(program)
  return sites
}
