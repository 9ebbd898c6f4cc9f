import { describe, expect, it } from "vitest"
import { measureRounds } from "../../src/harness/measure-rounds.ts"
import { median } from "../../src/harness/median.ts"

describe("median", () => {
  it("is the middle value, or lies between the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })
})

describe("measureRounds", () => {
  const contestants = (turns: string[], values: Record<string, number[]>) =>
    new Map(
      Object.entries(values).map(([name, given]) => {
        const left = [...given]
        const round = async () => {
          turns.push(name)
          return left.shift() as number
        }
        return [name, { round }] as const
      }),
    )

  it("lets contestants take turns, and nobody always start", async () => {
    const turns: string[] = []
    await measureRounds(contestants(turns, { a: [0, 1, 1, 1], b: [0, 1, 1, 1], c: [0, 1, 1, 1] }), 3)
    expect(turns.join("")).toBe("abc" + "abc" + "bca" + "cab")
  })

  it("returns medians, without the turn that warms up", async () => {
    const measured = await measureRounds(contestants([], { a: [900, 1, 5, 2], b: [900, 7, 8, 9] }), 3)
    expect(Object.fromEntries(measured)).toEqual({ a: [2], b: [8] })
  })

  it("returns a median of each value that a round has", async () => {
    const rounds = [
      [1, 30],
      [2, 10],
      [3, 20],
    ]
    const several = new Map([["a", { round: async () => rounds.shift() as number[] }]])
    const measured = await measureRounds(several, 3, { warmUps: 0 })
    expect(measured.get("a")).toEqual([2, 20])
  })

  it("measures once what is asked for once", async () => {
    const turns: string[] = []
    const measured = await measureRounds(contestants(turns, { a: [4] }), 1, { warmUps: 0 })
    expect(turns).toEqual(["a"])
    expect(measured.get("a")).toEqual([4])
  })
})
