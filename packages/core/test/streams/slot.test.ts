import { describe, expect, it } from "vitest"
import { slotCount, slotOf } from "../../src/index.ts"

describe("slotOf", () => {
  // These never change: slots are stored. Computed by an implementation of the stated algorithm in another language.
  it.each([
    [{ tenant: "", category: "account", id: "alice" }, 490],
    [{ tenant: "acme", category: "account", id: "alice" }, 249],
    [{ tenant: "", category: "order", id: "1" }, 112],
    [{ tenant: "", category: "order", id: "2" }, 752],
    [{ tenant: "", category: "größe", id: "日本語/👩‍🚀" }, 34],
    [{ tenant: "", category: "a", id: "b\u2028'\";DROP" }, 964],
  ])("of %j is %d", (stream, slot) => {
    expect(slotOf(stream)).toBe(slot)
  })

  it("keeps the parts of a name apart", () => {
    const slots = [
      slotOf({ tenant: "", category: "ab", id: "c" }),
      slotOf({ tenant: "", category: "a", id: "bc" }),
      slotOf({ tenant: "a", category: "b", id: "c" }),
    ]
    expect(new Set(slots).size).toBe(3)
  })

  it("spreads streams evenly, also numbered ones", () => {
    const streams = 200_000
    const counts = new Array<number>(slotCount).fill(0)
    for (let id = 0; id < streams; id++) {
      const slot = slotOf({ tenant: "", category: "order", id: String(id) })
      counts[slot] = (counts[slot] as number) + 1
    }
    const expected = streams / slotCount
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 1,023 degrees of freedom: above 1,200 in one of 10,000 fair draws.
    expect(chiSquare).toBeLessThan(1200)
  })
})
