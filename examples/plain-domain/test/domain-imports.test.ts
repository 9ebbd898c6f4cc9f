import { readdirSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"

const domain = new URL("../src/domain/", import.meta.url)

it("the domain imports nothing but itself", () => {
  const imports = readdirSync(domain).flatMap((name) => {
    const source = readFileSync(new URL(name, domain), "utf8")
    return [...source.matchAll(/\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g)].map(
      ([, from, bare]) => from ?? bare,
    )
  })
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter((name) => !name?.startsWith("./"))).toEqual([])
})
