import { slotCount } from "@annals/core"
import { describe, expect, it } from "vitest"
import { sharedBlockCount, slotBlocks } from "../../src/sharing/slot-blocks.ts"

describe("slots are leased", () => {
  it("in one piece by one active instance", () => {
    expect(slotBlocks("one-active")).toEqual([
      { resource: "slots-0000-1023", slots: { first: 0, last: slotCount - 1 } },
    ])
  })

  it("in blocks of neighbours that cover each slot once, in order, by those that share", () => {
    const blocks = slotBlocks("shared")
    expect(blocks).toHaveLength(sharedBlockCount)
    expect(blocks[1]).toEqual({ resource: "slots-0032-0063", slots: { first: 32, last: 63 } })
    let next = 0
    for (const { slots } of blocks) {
      expect(slots.first).toBe(next)
      next = slots.last + 1
    }
    expect(next).toBe(slotCount)
  })

  it("under names that sort as the slots do, and never change", () => {
    const names = slotBlocks("shared").map(({ resource }) => resource)
    expect(names.toSorted()).toEqual(names)
    expect(names.at(-1)).toBe("slots-0992-1023")
  })
})
