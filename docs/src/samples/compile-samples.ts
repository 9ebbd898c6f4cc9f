import { spawnSync } from "node:child_process"
import { basename, dirname, join } from "node:path"
import { repositoryRoot } from "../repository.ts"
import type { SampleFile } from "./sample-files.ts"

const emit = ["--noEmit", "false", "--outDir", "out", "--rootDir", "."]

/** A message of the compiler about a sample. */
export interface Diagnostic {
  /** In the file, from 1. */
  readonly line: number
  /** All of it: a message of several lines has the others indented below the first. */
  readonly message: string
}

/** Where the compiler's output of a sample is. */
export function outputOf(file: string): string {
  return join(dirname(file), "out", `${basename(file, ".ts")}.js`)
}

/** Compiles all files of one folder in a single run, and returns what the compiler says about each. */
export function compileSamples(files: readonly SampleFile[]): ReadonlyMap<string, readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic[]>(files.map(({ file }) => [file, []]))
  const [first] = files
  if (first === undefined) return found
  const folder = dirname(first.file)
  const runsOutput = files.some(({ sample }) => sample.compiled)
  const compiler = join(repositoryRoot, "node_modules", ".bin", "tsc")
  const { stdout, error } = spawnSync(
    compiler,
    ["-p", ".", "--pretty", "false", ...(runsOutput ? emit : [])],
    {
      cwd: folder,
      encoding: "utf8",
      shell: process.platform === "win32",
    },
  )
  if (error) throw error
  for (const { file, line, message } of readDiagnostics(stdout)) {
    found.get(join(folder, basename(file)))?.push({ line, message })
  }
  return found
}

function readDiagnostics(output: string): readonly (Diagnostic & { readonly file: string })[] {
  const diagnostics: { file: string; line: number; message: string }[] = []
  for (const text of output.split("\n")) {
    const [, file, line, message] = /^(\S.*?)\((\d+),\d+\): error (TS\d+: .*)$/.exec(text) ?? []
    const last = diagnostics.at(-1)
    if (file !== undefined && message !== undefined) diagnostics.push({ file, line: Number(line), message })
    else if (last && text.startsWith(" ")) last.message += `\n${text}`
  }
  // A message about a package's source isn't about a sample: that package's own check reports it.
  return diagnostics.filter(({ file }) => !file.includes("/"))
}
