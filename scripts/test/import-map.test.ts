import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { repositoryRoot } from "../src/workspace.ts"
import { temporaryWorkspace } from "./temporary-workspace.ts"

const core = {
  name: "@annals/core",
  exports: { ".": "./src/index.ts" },
  devDependencies: { "@annals/testing": "*" },
}
const testing = {
  name: "@annals/testing",
  exports: { ".": "./src/index.ts" },
  peerDependencies: { "@annals/core": "*" },
}
const sqlite = {
  name: "@annals/store-sqlite",
  exports: { ".": "./src/index.ts" },
  peerDependencies: { "@annals/core": "*" },
  devDependencies: { "@annals/testing": "*" },
}
const postgres = {
  name: "@annals/store-postgres",
  exports: { ".": "./src/index.ts" },
  dependencies: { pg: "*" },
  peerDependencies: { "@annals/core": "*" },
  devDependencies: { "@annals/services": "*" },
}
const example = {
  name: "@annals/example-shop",
  dependencies: { "@annals/core": "*", "@annals/store-sqlite": "*" },
  devDependencies: { "@annals/testing": "*" },
}

const manifests = {
  "package.json": { devDependencies: { vitest: "*" } },
  "packages/core/package.json": core,
  "packages/testing/package.json": testing,
  "packages/store-sqlite/package.json": sqlite,
  "packages/store-postgres/package.json": postgres,
  "examples/shop/package.json": example,
  "services/package.json": { name: "@annals/services", exports: { ".": "./src/index.ts" } },
  "benchmarks/package.json": { name: "@annals/benchmarks", dependencies: { "@annals/core": "*" } },
}

/** Runs the check as `pnpm check` does, on a workspace with these files. */
function check(files: Readonly<Record<string, string | object>>): {
  status: number | null
  messages: string[]
} {
  using workspace = temporaryWorkspace({ ...manifests, ...files })
  const script = join(repositoryRoot, "scripts", "src", "check-imports.ts")
  const { status, stderr } = spawnSync(process.execPath, [script, workspace.root], { encoding: "utf8" })
  return { status, messages: stderr.split("\n").filter((line) => line !== "") }
}

describe("the import map", () => {
  it("lets through what is allowed", () => {
    const result = check({
      "packages/core/src/index.ts": `export { a } from "./a.ts"`,
      "packages/core/src/a.ts": `import { randomUUID } from "node:crypto"\nexport const a = randomUUID`,
      "packages/core/test/a.test.ts": `import "@annals/testing"\nimport { a } from "../src/a.ts"`,
      "packages/store-sqlite/src/index.ts": `import "@annals/core"\nimport "node:sqlite"`,
      "packages/store-sqlite/test/conformance.test.ts": `import "@annals/testing"\nimport { it } from "vitest"`,
      "packages/store-postgres/src/index.ts": `import "@annals/core"\nimport "pg"`,
      "packages/store-postgres/test/conformance.test.ts": `import "@annals/services"`,
      "examples/shop/src/main.ts": `import "@annals/core"\nimport "@annals/store-sqlite"`,
      "examples/shop/test/main.test.ts": `import "@annals/testing"`,
    })
    expect(result).toEqual({ status: 0, messages: [] })
  })

  it.each([
    ["core-imports-nothing", "packages/core/src/a.ts", "zod"],
    ["core-imports-nothing", "packages/core/src/a.ts", "@annals/store-sqlite"],
    ["no-sibling-adapter", "packages/store-sqlite/src/x.ts", "@annals/store-postgres"],
    ["no-sibling-adapter", "packages/testing/src/x.ts", "@annals/store-sqlite"],
    ["no-sibling-adapter", "packages/store-postgres/src/x.ts", "@annals/services"],
    ["testing-is-dev-only", "packages/store-sqlite/src/x.ts", "@annals/testing"],
    ["testing-is-dev-only", "examples/shop/src/main.ts", "@annals/testing"],
    ["declared-dependency", "packages/store-sqlite/src/x.ts", "pg"],
    ["declared-dependency", "packages/store-sqlite/src/x.ts", "vitest"],
    ["declared-dependency", "packages/store-sqlite/test/x.test.ts", "@annals/store-postgres"],
    ["declared-dependency", "examples/shop/src/main.ts", "@annals/store-postgres"],
    ["public-entry-points", "examples/shop/src/main.ts", "../../../packages/core/src/a.ts"],
    ["public-entry-points", "examples/shop/src/main.ts", "@annals/core/src/a.ts"],
    ["public-entry-points", "benchmarks/src/main.ts", "../../packages/core/src/a.ts"],
    ["public-entry-points", "packages/store-sqlite/test/x.test.ts", "../../core/src/a.ts"],
    ["node-prefix", "packages/store-sqlite/src/x.ts", "fs"],
  ])("names the rule %s when %s imports %s", (rule, file, specifier) => {
    const { status, messages } = check({ [file]: `\n\nimport { a } from "${specifier}"\nexport const b = a` })
    expect(status).toBe(1)
    expect(messages).toHaveLength(1)
    expect(messages[0]).toContain(`${file}:3 imports "${specifier}": rule "${rule}": `)
  })

  it.each([
    ["import type", `import type { A } from "zod"`],
    ["re-export", `export { a } from "zod"`],
    ["star re-export", `export * from "zod"`],
    ["dynamic import", `export const a = await import("zod")`],
    ["import of a type", `export type A = import("zod").A`],
    ["require", `export const a = require("zod")`],
  ])("sees through every way to import: %s", (_way, source) => {
    const { messages } = check({ "packages/core/src/a.ts": source })
    expect(messages[0]).toContain(`packages/core/src/a.ts:1 imports "zod": rule "core-imports-nothing"`)
  })

  it.each([
    ["core-imports-nothing", "packages/core/package.json", { ...core, dependencies: { zod: "*" } }, "zod"],
    [
      "no-sibling-adapter",
      "packages/store-sqlite/package.json",
      { ...sqlite, dependencies: { "@annals/store-postgres": "*" } },
      "@annals/store-postgres",
    ],
    [
      "no-sibling-adapter",
      "packages/store-postgres/package.json",
      { ...postgres, dependencies: { "@annals/services": "*" } },
      "@annals/services",
    ],
    ["own-driver", "packages/store-sqlite/package.json", { ...sqlite, dependencies: { pg: "*" } }, "pg"],
    [
      "nothing-needs-it",
      "packages/store-sqlite/package.json",
      { ...sqlite, devDependencies: { "@annals/telemetry": "*" } },
      "@annals/telemetry",
    ],
    [
      "testing-is-dev-only",
      "examples/shop/package.json",
      { ...example, dependencies: { "@annals/testing": "*" } },
      "@annals/testing",
    ],
  ])("names the rule %s for a dependency that nothing imports yet", (rule, file, manifest, name) => {
    const { status, messages } = check({ [file]: manifest })
    expect(status).toBe(1)
    expect(messages).toEqual([expect.stringContaining(`${file}:1 imports "${name}": rule "${rule}": `)])
  })

  it("shows the whole circle when files import each other", () => {
    const { status, messages } = check({
      "packages/core/src/a.ts": `import "./b.ts"`,
      "packages/core/src/b.ts": `import "./c.ts"`,
      "packages/core/src/c.ts": `\nimport "./a.ts"`,
    })
    expect(status).toBe(1)
    expect(messages).toHaveLength(1)
    expect(messages[0]).toContain(`packages/core/src/c.ts:2 imports "./a.ts": rule "no-circular-imports"`)
    expect(messages[0]).toContain(
      "packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/c.ts → packages/core/src/a.ts",
    )
  })

  it("lets types refer to each other, of which nothing is left at run time", () => {
    const result = check({
      "packages/core/src/a.ts": `import type { B } from "./b.ts"`,
      "packages/core/src/b.ts": `import type { A } from "./a.ts"`,
    })
    expect(result).toEqual({ status: 0, messages: [] })
  })
})
