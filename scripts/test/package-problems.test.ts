import { describe, expect, it } from "vitest"
import { packageProblems } from "../src/package-problems.ts"

const manifest = {
  name: "@annals/store-x",
  version: "1.0.0",
  license: "MIT",
  type: "module",
  sideEffects: false,
  engines: { node: ">=22.16" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
}
const files = ["package.json", "README.md", "CHANGELOG.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]
const problems = (change: object, packed: readonly string[] = files) =>
  packageProblems(JSON.stringify({ ...manifest, ...change }), packed)

describe("the shape of a packed package", () => {
  it("is fine as it should be", () => {
    expect(problems({})).toEqual([])
  })

  it.each([
    ["a workspace range", { peerDependencies: { "@annals/core": "workspace:^" } }, "workspace:"],
    ["a catalog range", { dependencies: { zod: "catalog:" } }, "catalog:"],
    ["another licence", { license: "ISC" }, "license"],
    ["CommonJS", { type: "commonjs" }, "type"],
    ["side effects", { sideEffects: true }, "sideEffects"],
    ["an older Node", { engines: { node: ">=20" } }, "engines"],
    ["a dependency of core", { name: "@annals/core", dependencies: { zod: "1" } }, "no dependencies"],
    ["an entry without a file", { exports: { ".": "./dist/other.js" } }, "./dist/other.js"],
    ["no entry", { exports: {} }, "names no file"],
  ])("refuses %s", (_case, change, message) => {
    expect(problems(change)).toEqual([expect.stringContaining(message)])
  })

  it("refuses sources and other files that nobody needs", () => {
    expect(problems({}, [...files, "src/index.ts"])).toEqual(["src/index.ts does not belong in the package"])
  })

  it("refuses a package without a changelog", () => {
    expect(
      problems(
        {},
        files.filter((file) => file !== "CHANGELOG.md"),
      ),
    ).toEqual(["CHANGELOG.md is missing"])
  })
})
