import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { readDoc } from "../src/reference/read-doc.ts"
import { readExports } from "../src/reference/read-exports.ts"

function signaturesOf(source: string, names: string): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "annals-reference-"))
  try {
    writeFileSync(join(folder, "source.ts"), source)
    writeFileSync(join(folder, "index.ts"), `export { ${names} } from "./source.ts"\n`)
    const exports = readExports(join(folder, "index.ts"))
    return Object.fromEntries(exports.map(({ name, signature }) => [name, signature]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it("a function is shown without its body", () => {
  expect(signaturesOf("export function twice(n: number): number {\n  return n * 2\n}", "twice")).toEqual({
    twice: "function twice(n: number): number",
  })
})

it("an overloaded function is shown as it can be called", () => {
  const source = [
    "export function read(n: number): number",
    "export function read(s: string): string",
    "export function read(x: unknown): unknown {\n  return x\n}",
  ].join("\n")
  expect(signaturesOf(source, "read").read).toBe(
    "function read(n: number): number\nfunction read(s: string): string",
  )
})

it("a class is shown without bodies and without what is private", () => {
  const source = [
    "export class Box {",
    "  #secret = 1",
    "  /** What is in it. */",
    "  declare readonly content: string",
    "  open(): number {\n    return this.#secret\n  }",
    "}",
  ].join("\n")
  expect(signaturesOf(source, "Box").Box).toBe(
    "class Box {\n  /** What is in it. */\n  readonly content: string\n  open(): number\n}",
  )
})

it("a constant is shown with its type where it has one, and else as it is", () => {
  const source = 'export const clock: Clock = {}\nexport const codes = ["A", "B"] as const'
  expect(signaturesOf(source, "clock, codes")).toEqual({
    clock: "const clock: Clock",
    codes: 'const codes = ["A", "B"] as const',
  })
})

it("an export that isn't there is an error", () => {
  expect(() => signaturesOf("export const a = 1", "b")).toThrow("declares no b")
})

it("a doc comment is taken apart, and a decorator in an example is none of its tags", () => {
  const { description, examples } = readDoc("Says it.\n\n@example\nclass A {\n@handles(1)\n}\n@example\nb()")
  expect(description).toBe("Says it.")
  expect(examples).toEqual(["class A {\n@handles(1)\n}", "b()"])
})

it("a tag that the reference doesn't show is refused", () => {
  expect(() => readDoc("Says it.\n@throws never")).toThrow("@throws")
})
