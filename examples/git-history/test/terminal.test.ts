import { describe, expect, it } from "vitest"
import { drawChart } from "../src/terminal/bar-chart.ts"
import { formatDuration } from "../src/terminal/format.ts"
import { printable } from "../src/terminal/printable.ts"
import { createProgressBar } from "../src/terminal/progress-bar.ts"
import { createStyle } from "../src/terminal/style.ts"
import { drawTable } from "../src/terminal/table.ts"
import { cutEnd, cutStart, textWidth } from "../src/terminal/text-width.ts"

const style = createStyle(false)

describe("the progress bar", () => {
  const create = (output: { isTTY?: boolean; columns?: number }) => {
    const written: string[] = []
    let time = 0
    const bar = createProgressBar({
      output: { ...output, write: (text) => written.push(text) },
      style,
      now: () => time,
    })
    const showAt = (milliseconds: number, done: number) => {
      time = milliseconds
      bar.show({ done, total: 2_000 })
    }
    return { written, bar, showAt }
  }

  it("shows what is done, the rate and the time left", () => {
    const { written, showAt } = create({ isTTY: true, columns: 200 })
    showAt(1_000, 500)
    expect(written).toEqual([
      `\r\u001b[2K${"█".repeat(8)}${"░".repeat(22)} 500 of 2,000 commits, 25 %, 500/s, 3.0 s left`,
    ])
  })

  it("never is wider than the terminal", () => {
    const { written, showAt } = create({ isTTY: true, columns: 60 })
    showAt(1_000, 500)
    expect(textWidth((written[0] as string).replace("\r\u001b[2K", ""))).toBeLessThan(60)
  })

  it("isn't drawn for every commit", () => {
    const { written, showAt } = create({ isTTY: true })
    for (let done = 0; done <= 1_000; done++) showAt(done, done)
    expect(written.length).toBeLessThan(20)
  })

  it("is a line now and then where no terminal is, and clears nothing", () => {
    const { written, bar, showAt } = create({})
    for (const milliseconds of [0, 100, 4_999, 5_000, 5_100, 10_000]) showAt(milliseconds, milliseconds / 10)
    bar.end()
    expect(written).toEqual([
      "500 of 2,000 commits, 25 %, 100/s, 15 s left\n",
      "1,000 of 2,000 commits, 50 %, 100/s, 10 s left\n",
    ])
  })
})

describe("the chart", () => {
  it("draws bars in proportion, and shows also the smallest", () => {
    const values = [0, 1, 50, 100]
    const points = values.map((value, index) => ({ time: Date.UTC(2024, 0, 1 + 7 * index), value }))
    expect(drawChart(points, { width: 40, height: 2, style })).toEqual([
      "100 │   █",
      "  0 │ ▁██",
      "     2024-01-01 – 2024-01-22",
    ])
  })
})

describe("a table", () => {
  it("has its columns under each other, also with wide characters", () => {
    const rows = [
      [{ text: "山田" }, { text: "5", align: "right" as const }, { text: "src/very/long/path.ts" }],
      [{ text: "Ada" }, { text: "100", align: "right" as const }, { text: "a.ts" }],
    ]
    expect(drawTable(rows, 24)).toEqual(["山田    5  …long/path.ts", "Ada   100  a.ts"])
  })
})

describe("texts", () => {
  it("of unknown origin can't move the cursor or turn the line round", () => {
    expect(printable("a\n\u001b[31mb\u202ec")).toBe("a\\n\\u{1b}[31mb\\u{202e}c")
  })

  it("are cut where they are too wide", () => {
    expect(cutEnd("abcdef", 4)).toBe("abc…")
    expect(cutStart("abcdef", 4)).toBe("…def")
    expect(cutEnd("日本語", 4)).toBe("日…")
    expect(cutStart("short", 10)).toBe("short")
  })

  it("say times as people do", () => {
    expect([400, 12_300, 185_000, 7_800_000].map(formatDuration)).toEqual([
      "0.4 s",
      "12 s",
      "3 min 5 s",
      "2 h 10 min",
    ])
  })
})
