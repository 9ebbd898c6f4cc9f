import { describe, expect, it } from "vitest"
import { parseArguments, UsageError } from "../src/arguments.ts"

const known = ["sqlite", "postgres"]

describe("arguments of pnpm faults", () => {
  it("runs all suites for ten rounds with any seed when nothing is given", () => {
    expect(parseArguments([], known)).toEqual({ suites: known, rounds: 10, seed: undefined, json: undefined })
  })

  it("takes suites in the order given, each once, with options anywhere", () => {
    const args = ["postgres", "--rounds", "3", "sqlite", "postgres", "--seed", "0", "--json", "result.json"]
    expect(parseArguments(args, known)).toEqual({
      suites: ["postgres", "sqlite"],
      rounds: 3,
      seed: 0,
      json: "result.json",
    })
  })

  it("takes the dashes that a package manager hands over", () => {
    expect(parseArguments(["--", "sqlite"], known).suites).toEqual(["sqlite"])
  })

  it("names the suites there are when one is unknown", () => {
    expect(() => parseArguments(["sqlit"], known)).toThrow(UsageError)
    expect(() => parseArguments(["sqlit"], known)).toThrow(/"sqlit"; there are: sqlite, postgres/)
  })

  it.for([
    [["--rounds", "0"]],
    [["--rounds", "2.5"]],
    [["--rounds", "many"]],
    [["--seed", "-1"]],
    [["--seed", "1e3"]],
    [["--seed", "99999999999999999999"]],
    [["--seed", ""]],
    [["--json"]],
    [["--fast"]],
  ] as const)("shows the usage for %j", ([args]) => {
    expect(() => parseArguments(args, known)).toThrow(UsageError)
    expect(() => parseArguments(args, known)).toThrow(/usage: pnpm faults/)
  })
})
