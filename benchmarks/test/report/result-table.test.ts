import { describe, expect, it } from "vitest"
import { reaches } from "../../src/report/goal.ts"
import { resultTable } from "../../src/report/result-table.ts"
import { type Row, ratioTo } from "../../src/report/row.ts"

const faster: Row = {
  suite: "sqlite",
  scenario: "append-1",
  unit: "events/s",
  better: "higher",
  ours: 1800,
  bare: 2000,
  peers: { insert: 3600 },
}
const smaller: Row = {
  suite: "core",
  scenario: "import",
  unit: "ms",
  better: "lower",
  ours: 5,
  peers: { emmett: 20 },
}

describe("ratios", () => {
  it("are above 1 where ours is better, whichever way the unit goes", () => {
    expect(ratioTo(2000, faster)).toBe(0.9)
    expect(ratioTo(20, smaller)).toBe(4)
  })
})

describe("goals", () => {
  it("compare with bare, with a peer, or with a limit", () => {
    expect(reaches(faster, { ratioTo: "bare", atLeast: 0.9 })).toBe(true)
    expect(reaches(faster, { ratioTo: "bare", atLeast: 0.91 })).toBe(false)
    expect(reaches(faster, { ratioTo: "insert", atLeast: 0.5 })).toBe(true)
    expect(reaches(smaller, { atMost: 5 })).toBe(true)
    expect(reaches(smaller, { atMost: 4.9 })).toBe(false)
  })

  it("are neither reached nor missed where there is nothing to compare with", () => {
    expect(reaches(smaller, { ratioTo: "bare", atLeast: 1 })).toBeUndefined()
  })
})

describe("the table", () => {
  const lines = resultTable([
    {
      row: faster,
      goals: [
        { ratioTo: "bare", atLeast: 0.95 },
        { ratioTo: "insert", atLeast: 0.5 },
      ],
    },
    { row: smaller, goals: [{ atMost: 15 }] },
  ]).split("\n")

  it("has a line for each row under its headings", () => {
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^scenario +unit +ours +bare +ours : bare +peers \(ours : peer\) +goal$/)
  })

  it("shows values, ratios and whether each goal was reached", () => {
    expect(lines[1]).toMatch(
      /^append-1 +events\/s +1,800 +2,000 +0\.90× +insert 3,600 \(0\.50×\) +at least 0\.95× bare: MISSED, at least 0\.5× insert: reached$/,
    )
    expect(lines[2]).toMatch(
      /^import +ms \(less is better\) +5\.00 +emmett 20\.0 \(4\.00×\) +at most 15 ms: reached$/,
    )
  })
})
