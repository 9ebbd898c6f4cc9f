// The shape of the published package in the current folder, looked at in its tarball, as users get it.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { packedFiles, packedManifest, packPackage } from "./pack-package.ts"
import { packageProblems } from "./package-problems.ts"
import { repositoryRoot } from "./workspace.ts"

const folder = process.cwd()
const temporary = mkdtempSync(join(tmpdir(), "annals-package-"))
try {
  const tarball = packPackage(folder, temporary)
  const problems = packageProblems(packedManifest(tarball), packedFiles(tarball))

  const { messages, pkg } = await publint({
    pack: { tarball: arrayBuffer(readFileSync(tarball)) },
    strict: true,
  })
  problems.push(...messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`))

  // Users of this library import ES modules; CommonJS reaches them through Node's require(esm).
  const attw = spawnSync(
    join(repositoryRoot, "scripts", "node_modules", ".bin", "attw"),
    [tarball, "--profile", "esm-only", "--no-color", "--no-emoji"],
    { encoding: "utf8" },
  )
  if (attw.status !== 0) problems.push(`are the types wrong?\n${attw.stdout}${attw.stderr}`)

  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
  else console.log("package shape: publint, types and manifest are fine")
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

function arrayBuffer(bytes: Buffer<ArrayBuffer>): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
}
