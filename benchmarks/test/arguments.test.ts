import { describe, expect, it } from "vitest"
import { parseArguments, UsageError } from "../src/arguments.ts"

const known = ["core", "sqlite"]

describe("arguments of pnpm bench", () => {
  it("runs all suites in full when nothing is given", () => {
    expect(parseArguments([], known)).toEqual({ suites: known, quick: false, json: undefined })
  })

  it("takes suites in the order given, each once, with options anywhere", () => {
    expect(parseArguments(["sqlite", "--quick", "core", "sqlite", "--json", "rows.json"], known)).toEqual({
      suites: ["sqlite", "core"],
      quick: true,
      json: "rows.json",
    })
  })

  it("takes the dashes that a package manager hands over", () => {
    expect(parseArguments(["--", "core", "--quick"], known)).toEqual({
      suites: ["core"],
      quick: true,
      json: undefined,
    })
  })

  it("names the suites there are when one is unknown", () => {
    expect(() => parseArguments(["sqlit"], known)).toThrow(UsageError)
    expect(() => parseArguments(["sqlit"], known)).toThrow(/"sqlit"; there are: core, sqlite/)
  })

  it("shows the usage for an unknown option, or --json without a file", () => {
    expect(() => parseArguments(["--fast"], known)).toThrow(/usage: pnpm bench/)
    expect(() => parseArguments(["--json"], known)).toThrow(UsageError)
  })
})
