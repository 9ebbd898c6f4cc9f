import { describe, expect, it } from "vitest"
import { add, formatMoney, money, nothing, parseMoney, share, subtract } from "../src/money.ts"

describe("money", () => {
  it.each(["0.00", "0.05", "0.10", "12.50", "-0.01", "-3.00", "90071992547409.91"])(
    "reads and writes %s",
    (text) => {
      expect(formatMoney(parseMoney(text))).toBe(text)
    },
  )

  it("reads amounts with fewer digits", () => {
    expect(parseMoney("3")).toBe(300)
    expect(parseMoney("3.5")).toBe(350)
  })

  it.each(["", "1,50", "1.234", "1e3", " 1", "--1", "1."])("refuses %j", (text) => {
    expect(() => parseMoney(text)).toThrow(RangeError)
  })

  it("adds what floating point gets wrong", () => {
    expect(0.1 + 0.2).not.toBe(0.3)
    expect(formatMoney(add(parseMoney("0.10"), parseMoney("0.20")))).toBe("0.30")
  })

  it("ends at nothing, not at minus nothing", () => {
    expect(Object.is(subtract(money(-5), money(-5)), nothing)).toBe(true)
    expect(Object.is(money(-0), 0)).toBe(true)
  })

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("takes %s for no amount", (cents) => {
    expect(() => money(cents)).toThrow(RangeError)
  })

  it("rounds a share half up", () => {
    expect(share(money(200), 25)).toBe(1) // 0.5 cents
    expect(share(money(199), 25)).toBe(0)
    expect(share(money(-200), 25)).toBe(0) // -0.5 cents
    expect(share(money(-201), 25)).toBe(-1)
  })

  it("takes an exact share of large amounts", () => {
    expect(share(money(9_007_199_254_740_991), 10_000)).toBe(9_007_199_254_740_991)
  })
})
