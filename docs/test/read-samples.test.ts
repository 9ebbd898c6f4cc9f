import { describe, expect, it } from "vitest"
import { readSamples } from "../src/samples/read-samples.ts"

const page = (...lines: string[]) => ({ path: "docs/page.md", text: lines.join("\n") })

describe("reading the samples of a page", () => {
  it("joins a program with what continues it, and with what each part prints", () => {
    const samples = readSamples(
      page(
        "# T",
        "```ts",
        "const a = 1",
        "```",
        "then",
        "```ts continue",
        "console.log(a)",
        "```",
        "```text output",
        "1",
        "```",
      ),
    )
    expect(samples).toEqual([
      {
        page: "docs/page.md",
        parts: [
          { line: 3, code: "const a = 1" },
          { line: 7, code: "console.log(a)", output: "1" },
        ],
      },
    ])
  })

  it("keeps code that must not compile out of what follows", () => {
    const samples = readSamples(
      page(
        "```ts",
        "const a = 1",
        "```",
        '```ts error "not assignable"',
        "a = 2",
        "```",
        "```ts continue",
        "a",
        "```",
      ),
    )
    expect(samples.map(({ parts, compileError }) => [parts.length, compileError])).toEqual([
      [2, undefined],
      [2, "not assignable"],
    ])
  })

  it("makes a variant of a program, with lines in place of those that declare the same", () => {
    const [program, variant] = readSamples(
      page(
        "```ts",
        'import { a } from "a"',
        "const store = a()",
        "console.log(store)",
        "```",
        "```text output",
        "1",
        "```",
        "```ts instead",
        'import { b } from "b"',
        "const store = b()",
        "```",
      ),
    )
    expect(program?.parts).toHaveLength(1)
    expect(variant?.parts).toEqual([
      {
        line: 10,
        code: 'import { b } from "b"\nimport { a } from "a"\nconst store = b()\nconsole.log(store)',
        output: "1",
      },
    ])
  })

  it("refuses a variant that replaces nothing", () => {
    const text = ["```ts", "const a = 1", "```", "```ts instead", "const b = 2", "```"]
    expect(() => readSamples(page(...text))).toThrow(
      "nothing above declares what this line does: const b = 2",
    )
  })

  it("refuses an info string that nothing defines", () => {
    expect(() => readSamples(page("```ts contineu", "a", "```"))).toThrow(
      'docs/page.md:1: what is "ts contineu"?',
    )
  })

  it("refuses output that nothing prints", () => {
    expect(() => readSamples(page("```text output", "1", "```"))).toThrow("nothing above prints")
  })

  it("takes a fence inside a longer fence for text", () => {
    expect(readSamples(page("````md", "```ts", "nonsense(", "```", "````"))).toEqual([])
  })
})
