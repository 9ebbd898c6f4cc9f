import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { repositoryRoot } from "../repository.ts"
import { locationOf, type Sample } from "./read-samples.ts"

/** Inside the docs' own package, so that packages resolve as they do for it; ignored by git. */
export const cacheFolder = join(repositoryRoot, "docs", ".cache")

/** Stands between the parts of a program, and tells its output apart. */
export const partMark = "\u001e"

export interface SampleFile {
  readonly sample: Sample
  /** Absolute. */
  readonly file: string
  readonly code: string
  /** The page's line for each line of the file; `undefined` for lines that no page shows. */
  readonly pageLines: readonly (number | undefined)[]
  /** The first line, from 1, of the part that must not compile. */
  readonly errorsFrom: number | undefined
}

/** Writes each sample as a file into an empty folder, with the configuration to compile them all. */
export function writeSampleFiles(name: string, samples: readonly Sample[]): readonly SampleFile[] {
  const folder = join(cacheFolder, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const configuration = {
    extends: "../../../tsconfig.base.json",
    // Short samples declare what only their reader uses.
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ["*.ts"],
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(configuration))
  const files = samples.map((sample) => layOut(folder, sample))
  for (const { file, code } of files) writeFileSync(file, code)
  return files
}

function layOut(folder: string, sample: Sample): SampleFile {
  const lines: string[] = []
  const pageLines: (number | undefined)[] = []
  let errorsFrom: number | undefined
  for (const [index, part] of sample.parts.entries()) {
    if (index > 0) {
      lines.push(`;console.log(${JSON.stringify(partMark)});`)
      pageLines.push(undefined)
    }
    if (sample.compileError !== undefined && index === sample.parts.length - 1) errorsFrom = lines.length + 1
    for (const [offset, line] of part.code.split("\n").entries()) {
      lines.push(line)
      pageLines.push(part.line + offset)
    }
  }
  const name = locationOf(sample).replaceAll(/[^\w]+/g, "-")
  const suffix = sample.compileError === undefined ? "" : "-error"
  const file = join(folder, `${name}${suffix}.ts`)
  return { sample, file, code: `${lines.join("\n")}\n`, pageLines, errorsFrom }
}
