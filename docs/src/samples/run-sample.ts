import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { outputOf } from "./compile-samples.ts"
import { cacheFolder, partMark, type SampleFile } from "./sample-files.ts"

export interface SampleRun {
  readonly exitCode: number | null
  /** What each part of the program printed, without space at its ends. */
  readonly outputs: readonly string[]
  readonly errors: string
}

const longestRunMs = 30_000

/** Runs a sample in a process of its own, in an empty folder: what it leaves open keeps it from ending, which is a failure. */
export async function runSample(
  { file, sample }: SampleFile,
  environment: Readonly<Record<string, string>> = {},
): Promise<SampleRun> {
  const program = sample.compiled ? outputOf(file) : file
  const folder = mkdtempSync(join(tmpdir(), "annals-sample-"))
  try {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
      cwd: folder,
      // The first run strips our sources' types for all of them, which is most of what a short program costs.
      env: {
        ...process.env,
        ...environment,
        NO_COLOR: "1",
        NODE_COMPILE_CACHE: join(cacheFolder, "compiled"),
      },
      timeout: longestRunMs,
      stdio: ["ignore", "pipe", "pipe"],
    })
    const texts = { stdout: "", stderr: "" }
    child.stdout.setEncoding("utf8").on("data", (text) => {
      texts.stdout += text
    })
    child.stderr.setEncoding("utf8").on("data", (text) => {
      texts.stderr += text
    })
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve)
    })
    const outputs = texts.stdout.split(`${partMark}\n`).map((text) => text.trim())
    return { exitCode, outputs, errors: texts.stderr.trim() }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
