import { readFileSync } from "node:fs"
import { availableParallelism, cpus, totalmem } from "node:os"

/** What the figures were measured on: lines to print above them. */
export function describeMachine(): string[] {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`
  const cpu = cpus()[0]?.model.trim() || "unknown processor"
  return [
    `machine   ${process.platform} ${process.arch}, ${cpu}, ${availableParallelism()} cores, ${memory}`,
    `versions  Node ${process.versions.node}, SQLite ${process.versions.sqlite}, V8 ${process.versions.v8}`,
    `packages  ${packageVersions().join(", ")}`,
  ]
}

const notContestants = new Set(["@annals/services", "@types/pg", "esbuild", "zod"])

/** What is compared, with the versions that this package pins. */
function packageVersions(): string[] {
  const { dependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return Object.entries(dependencies as Record<string, string>)
    .filter(([name]) => !notContestants.has(name))
    .map(([name, version]) => `${name} ${version.startsWith("workspace:") ? "(this workspace)" : version}`)
}
