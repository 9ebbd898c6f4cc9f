import { describe, expect, it } from "vitest"
import { exampleProgram } from "../src/reference/example-program.ts"
import { readExamples } from "../src/reference/read-examples.ts"
import { readExports } from "../src/reference/read-exports.ts"
import { entryPoints, publishedFolders } from "../src/repository.ts"
import { compileSamples } from "../src/samples/compile-samples.ts"
import { locationOf } from "../src/samples/read-samples.ts"
import { writeSampleFiles } from "../src/samples/sample-files.ts"

const files = writeSampleFiles("examples", readExamples().map(exampleProgram))
const diagnosticsOf = compileSamples(files)

describe("every example in a doc comment compiles", () => {
  it.each(files.map(({ file, sample }) => ({ where: locationOf(sample), file })))("$where", ({ file }) => {
    expect((diagnosticsOf.get(file) ?? []).map(({ message }) => message)).toEqual([])
  })
})

describe("everything that is exported says what it promises", () => {
  it.each(publishedFolders().flatMap(entryPoints))("$specifier", ({ file }) => {
    const exports = readExports(file)
    expect(exports.filter(({ doc }) => doc === "").map(({ name }) => name)).toEqual([])
  })
})
