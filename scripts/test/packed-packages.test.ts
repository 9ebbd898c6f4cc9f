import { execFileSync, spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { usingService } from "@annals/services"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { packedManifest, packPackage } from "../src/pack-package.ts"
import { type Manifest, publishedPackages, readManifest, repositoryRoot } from "../src/workspace.ts"
import { nodeRelease, npm } from "./node-release.ts"

// What users get: tarballs, installed by npm into an empty project. Turbo builds the packages before these tests.
const packages = publishedPackages()
const names = packages.map(({ manifest }) => manifest.name)
const oldestNode = "22.16.0"
const newestNode = "26.10.0"
const nodes = [oldestNode, process.versions.node, newestNode]
const minutes = 60_000

/** What these entry points stand on doesn't run on the oldest Node of all others. */
const needsNewerNode = { "@annals/bus-kafka/platformatic": "22.22" }

/** Files of `scripts/src` that are compiled and run as a user's own. */
const samples = ["bundle-sample.ts", "postgres-sample.ts", "bus-sample.ts"]

let temporary = ""
const tarballs = new Map<string, string>()

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), "annals-packed-"))
  for (const { manifest, folder } of packages) tarballs.set(manifest.name, packPackage(folder, temporary))
}, 2 * minutes)

afterAll(() => rmSync(temporary, { recursive: true, force: true }), 2 * minutes)

/** An empty project with these packages, of ours from their tarballs, of others from the registry. */
function project(installed: readonly string[]): string {
  const folder = mkdtempSync(join(temporary, "project-"))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  npm(["install", ...installed.map((name) => tarballs.get(name) ?? name)], folder)
  return folder
}

/** `@annals/core` and so on: what stands in the project's node_modules, with what came along. */
function installedPackages(folder: string): readonly string[] {
  const modules = join(folder, "node_modules")
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : [name],
    )
}

/** Every entry that a packed package's `exports` names, as users import it. */
function entryPoints({ name, exports }: Manifest): readonly string[] {
  return Object.entries(exports ?? {})
    .filter(([key, target]) => target !== null && key !== "./package.json")
    .map(([key]) => (key === "." ? name : `${name}/${key.replace("./", "")}`))
}

function packedEntryPoints(name: string): readonly string[] {
  return entryPoints(JSON.parse(packedManifest(tarballs.get(name) ?? "")) as Manifest)
}

function run(
  node: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
) {
  const { status, stdout, stderr } = spawnSync(node, args, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...environment },
  })
  return { status, stdout, stderr }
}

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")

describe("packed packages", () => {
  it("are all dependencies of these tests, so that each is built before", () => {
    const { devDependencies = {} } = readManifest(join(repositoryRoot, "scripts"))
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining([...names]))
  })

  it.each(names)("%s brings no other package of Annals but core", { timeout: 2 * minutes }, (name) => {
    const installed = installedPackages(project(["@annals/core", name]))
    const ours = installed.filter((each) => each.startsWith("@annals/"))
    expect(ours.sort()).toEqual([...new Set(["@annals/core", name])].sort())
  })

  it("core and the SQLite store bring nothing else at all", { timeout: 2 * minutes }, () => {
    const installed = installedPackages(project(["@annals/core", "@annals/store-sqlite"]))
    expect([...installed].sort()).toEqual(["@annals/core", "@annals/store-sqlite"])
  })

  it("the PostgreSQL store brings pg, with what pg brings itself, and no other driver", {
    timeout: 2 * minutes,
  }, () => {
    const installed = installedPackages(project(["@annals/core", "@annals/store-postgres"]))
    expect(installed).toEqual(
      expect.arrayContaining(["@annals/core", "@annals/store-postgres", "pg", "@types/pg"]),
    )
    const belongsToPg =
      /^(pg|pg-[a-z0-9-]+|pgpass|postgres-[a-z]+|split2|xtend|@types\/(pg|node)|undici-types)$/
    const others = installed.filter((name) => !name.startsWith("@annals/") && !belongsToPg.test(name))
    expect(others).toEqual([])
  })

  describe("all in one project", () => {
    let folder = ""

    beforeAll(() => {
      folder = project([
        ...names,
        ...optionalPeers(),
        `zod@${catalogVersion("zod")}`,
        `@types/node@${catalogVersion("@types/node")}`,
      ])
      for (const name of samples)
        copyFileSync(join(repositoryRoot, "scripts", "src", name), join(folder, name))
      const entries = names.flatMap(packedEntryPoints)
      writeFileSync(
        join(folder, "entries.ts"),
        importAll(entries.filter((entry) => !(entry in needsNewerNode))),
      )
      writeFileSync(join(folder, "newer-entries.ts"), importAll(Object.keys(needsNewerNode)))
      expect(entries).toEqual(expect.arrayContaining(Object.keys(needsNewerNode)))
    }, 4 * minutes)

    it.each([
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ])(
      "compile with module %s and resolution %s, their declarations checked too",
      { timeout: 2 * minutes },
      (module, moduleResolution) => {
        const compilerOptions = {
          module,
          moduleResolution,
          target: "es2022",
          lib: ["es2023"],
          types: ["node"],
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          noPropertyAccessFromIndexSignature: true,
          skipLibCheck: false,
          verbatimModuleSyntax: true,
          outDir: `out-${moduleResolution}`,
        }
        writeFileSync(
          join(folder, "tsconfig.json"),
          JSON.stringify({ compilerOptions, files: ["entries.ts", "newer-entries.ts", ...samples] }),
        )
        const { status, stdout, stderr } = run(process.execPath, [tsc, "-p", "."], folder)
        expect(stdout + stderr).toBe("")
        expect(status).toBe(0)
      },
    )

    it.each(nodes)("run on Node %s", { timeout: 4 * minutes }, (version) => {
      const node = executableOf(version)
      expect(execFileSync(node, ["--version"], { encoding: "utf8" }).trim()).toBe(`v${version}`)

      const files = version === oldestNode ? ["entries"] : ["entries", "newer-entries"]
      for (const file of files) {
        const entries = run(node, [`out-nodenext/${file}.js`], folder)
        expect(entries.stderr.replaceAll(/\(node:\d+\) ExperimentalWarning: SQLite.*\n.*\n/g, "")).toBe("")
        expect(entries.stdout.split("\n").filter((line) => line.endsWith(" 0"))).toEqual([])
        expect(entries.status).toBe(0)
      }

      const sample = run(node, ["out-nodenext/bundle-sample.js"], folder)
      expect(sample).toMatchObject({ status: 0, stdout: "500 2\n" })
    })

    usingService("postgres", (url) => {
      it.each(nodes)("keep events in PostgreSQL on Node %s", { timeout: 4 * minutes }, (version) => {
        const environment = { DATABASE_URL: url, ANNALS_SCHEMA: `packed_${version}_${process.pid}` }
        const sample = run(executableOf(version), ["out-nodenext/postgres-sample.js"], folder, environment)
        expect(sample).toMatchObject({ status: 0, stdout: "500 2\n", stderr: "" })
      })
    })

    for (const broker of ["redis", "rabbitmq", "kafka"] as const) {
      usingService(broker, (url) => {
        it.each(nodes)(`carry events through ${broker} on Node %s`, { timeout: 4 * minutes }, (version) => {
          const environment = { BUS: broker, BUS_URL: url, ANNALS_TOPIC: `packed-${version}-${process.pid}` }
          const sample = run(executableOf(version), ["out-nodenext/bus-sample.js"], folder, environment)
          expect(sample).toMatchObject({ status: 0, stdout: "tea\n", stderr: "" })
        })
      })
    }
  })
})

/** By the versions that the workspace itself works with. */
function optionalPeers(): readonly string[] {
  return packages.flatMap(({ manifest }) =>
    Object.keys(manifest.peerDependenciesMeta ?? {}).map(
      (name) => `${name}@${manifest.devDependencies?.[name]}`,
    ),
  )
}

function importAll(entries: readonly string[]): string {
  const imports = entries.map((entry, index) => `import * as entry${index} from "${entry}"`)
  const uses = entries.map((entry, index) => `console.log("${entry}", Object.keys(entry${index}).length)`)
  return `${[...imports, ...uses].join("\n")}\n`
}

function executableOf(version: string): string {
  return version === process.versions.node ? process.execPath : nodeRelease(version)
}

/** The version that the workspace itself works with. */
function catalogVersion(name: string): string {
  const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  return readManifest(folder).version
}
