import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type EntryPoint, entryPoints, publishedFolders, repositoryRoot } from "../repository.ts"
import type { Sample } from "../samples/read-samples.ts"
import type { DocExample } from "./read-examples.ts"
import { readExports } from "./read-exports.ts"

const sceneFile = join(repositoryRoot, "docs", "test", "example-scene.ts")

/**
 * Makes a program of an example, which takes for granted all that our packages' main entry points export, zod as `z`, and the scene. In a
 * function, so that it may use the same names for something else, and return.
 */
export function exampleProgram({ path, line, code }: DocExample): Sample {
  const lines = code.split("\n")
  const isImport = (text: string) => text.startsWith("import ")
  const program = [
    'import * as z from "zod"',
    ...publishedFolders()
      .flatMap((folder) => entryPoints(folder).slice(0, 1))
      .map(importAll),
    importScene(lines.filter(isImport).join()),
    ...lines.filter(isImport),
    "export async function example(): Promise<string | object | void> {",
    ...lines.filter((text) => !isImport(text)),
    "}",
  ]
  return { page: path, parts: [{ line, code: program.join("\n") }] }
}

function importAll({ specifier, file }: EntryPoint): string {
  const names = readExports(file).map(({ name, signature }) =>
    /^(interface|type) /.test(signature) ? `type ${name}` : name,
  )
  return `import { ${names.join(", ")} } from "${specifier}"`
}

/** What an example imports by itself isn't taken from the scene. */
function importScene(imported: string): string {
  const declared = readFileSync(sceneFile, "utf8").matchAll(/^export (?:declare )?(?:const|function) (\w+)/gm)
  const names = [...declared].map(([, name = ""]) => name).filter((name) => !imported.includes(name))
  return `import { ${names.join(", ")} } from "../../test/example-scene.ts"`
}
