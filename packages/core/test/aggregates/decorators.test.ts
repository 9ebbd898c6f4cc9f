import { execFile } from "node:child_process"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const run = promisify(execFile)
const packageFolder = join(import.meta.dirname, "..", "..")
const fixtures = join(import.meta.dirname, "fixtures")
const compiler = join(packageFolder, "..", "..", "node_modules", "typescript", "bin", "tsc")

// Inside the package, so that what is compiled imports it by its name.
let compiled = ""

beforeAll(async () => {
  await mkdir(join(packageFolder, ".vitest"), { recursive: true })
  compiled = await mkdtemp(join(packageFolder, ".vitest", "decorated-"))
  const files = ["decorated-account.ts", "decorated-private.ts"].map((file) => join(fixtures, file))
  const options = "--ignoreConfig --noCheck --noResolve --target es2024 --module nodenext".split(" ")
  await run(process.execPath, [compiler, ...options, "--rootDir", fixtures, "--outDir", compiled, ...files])
})

afterAll(() => rm(compiled, { recursive: true, force: true }))

describe("@handles, compiled", () => {
  it("says what an event does to the objects of a class", async () => {
    const { stdout } = await run(process.execPath, [join(compiled, "decorated-account.js")])
    expect(JSON.parse(stdout)).toEqual({ owner: "Alice", cents: 300, version: "mine", loud: "ALICE" })
  })

  it("is refused on a private method, with what to do instead", async () => {
    const running = run(process.execPath, [join(compiled, "decorated-private.js")])
    await expect(running).rejects.toThrow(
      /neither private nor static: use handles\(Class, …\) in a static block/,
    )
  })
})
