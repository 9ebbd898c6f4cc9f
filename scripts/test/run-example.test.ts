import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, it } from "vitest"
import { repositoryRoot, workspacePackages } from "../src/workspace.ts"

const script = join(repositoryRoot, "scripts", "src", "run-example.ts")
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" })
const examples = workspacePackages().filter(({ kind }) => kind === "example")

describe("pnpm example", () => {
  it("lists every example with its description", () => {
    const { status, stdout } = run()
    expect(status).toBe(0)
    for (const { folder, manifest } of examples) {
      expect(manifest.description).toBeTruthy()
      expect(stdout).toMatch(new RegExp(`^ {2}${basename(folder)} +\\S`, "m"))
    }
  })

  it("lists them and fails for a name that is none", () => {
    const { status, stdout, stderr } = run("git-histroy")
    expect(status).toBe(1)
    expect(stderr).toContain('There is no example "git-histroy".')
    expect(stdout).toContain("git-history")
  })

  it.each(examples.map(({ path, folder }) => [path, folder]))(
    "%s has a program to start",
    (_path, folder) => {
      expect(existsSync(join(folder, "src", "main.ts"))).toBe(true)
    },
  )
})
