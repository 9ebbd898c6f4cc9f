import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assignPartitions } from "../src/consuming/assign-partitions.ts"

const sizes = [fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 80 })] as const

describe("assigning partitions", () => {
  it("gives every member as many as any other, give or take one", () => {
    fc.assert(
      fc.property(...sizes, (partitions, members) => {
        const counts = Array.from({ length: members }, () => 0)
        for (const owner of assignPartitions(partitions, members)) counts[owner] = (counts[owner] ?? 0) + 1
        expect(counts).toHaveLength(members)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it("moves no more than the share of a member that is added", () => {
    fc.assert(
      fc.property(...sizes, (partitions, members) => {
        const [before, after] = [
          assignPartitions(partitions, members),
          assignPartitions(partitions, members + 1),
        ]
        const moved = after.filter((owner, partition) => owner !== before[partition])
        expect(moved.every((owner) => owner === members)).toBe(true)
      }),
    )
  })
})
