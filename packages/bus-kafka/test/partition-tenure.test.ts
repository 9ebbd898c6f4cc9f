import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  assign,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../src/assignment.ts"
import type { KafkaRecord } from "../src/kafka-client.ts"
import { PartitionTenure } from "../src/partition-tenure.ts"

describe("what may be committed of a partition", () => {
  it("is always the first offset that isn't acknowledged, in whichever order they are", () => {
    const steps = fc.array(fc.nat({ max: 30 }), { maxLength: 60 })
    const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(gaps, steps, fc.boolean(), (deltas, order, commitsMeanwhile) => {
        const tenure = new PartitionTenure({ topic: "t", partition: 0, offset: 5 }, undefined)
        const offsets = deltas.map((_delta, index) => 4 + sum(deltas.slice(0, index + 1)))
        const deliveries = offsets.map((offset) => tenure.hand(recordAt(offset)))
        for (const index of order) {
          const delivery = deliveries[index]
          if (delivery === undefined) continue
          tenure.settle(delivery, "acknowledged")
          const open = deliveries.find(({ state }) => state !== "acknowledged")
          const uncommitted = tenure.uncommitted()
          if (uncommitted === undefined) continue
          expect(uncommitted.offset).toBeGreaterThan(5)
          for (const each of deliveries) {
            if (each.record.offset < uncommitted.offset) expect(each.state).toBe("acknowledged")
          }
          if (open !== undefined) expect(uncommitted.offset).toBeLessThanOrEqual(open.record.offset)
          if (commitsMeanwhile) tenure.committed(uncommitted.offset)
        }
        const left = deliveries.filter(({ state }) => state !== "acknowledged")
        expect(tenure.unsettled).toBe(left.length)
        for (const delivery of left) tenure.settle(delivery, "acknowledged")
        if (left.length > 0) expect(tenure.uncommitted()?.offset).toBe((offsets.at(-1) as number) + 1)
      }),
    )
  })

  it("is of the log that there is now, once it was cut off", () => {
    const tenure = new PartitionTenure({ topic: "t", partition: 0, offset: 90 }, undefined)
    const before = tenure.hand(recordAt(95))
    tenure.restartAt(10)
    expect(tenure.settle(before, "acknowledged")).toBe(true)
    expect(tenure.uncommitted()?.offset).toBe(10)
    tenure.settle(tenure.hand(recordAt(10)), "acknowledged")
    expect(tenure.uncommitted()?.offset).toBe(11)
    expect(tenure.unsettled).toBe(0)
  })

  it("is nothing once the partition is lost", () => {
    const tenure = new PartitionTenure({ topic: "t", partition: 0, offset: 0 }, undefined)
    const [first, second] = [tenure.hand(recordAt(0)), tenure.hand(recordAt(1))]
    tenure.settle(first, "acknowledged")
    tenure.lose("others have it")
    expect(tenure.settle(second, "acknowledged")).toBe(false)
    expect(tenure.uncommitted()).toBeUndefined()
  })
})

describe("sharing out", () => {
  const topics = fc.uniqueArray(fc.constantFrom("a", "b", "c", "ü"), { maxLength: 4 })
  const members = fc.uniqueArray(fc.record({ memberId: fc.string({ minLength: 1 }), topics }), {
    selector: ({ memberId }) => memberId,
    minLength: 1,
    maxLength: 5,
  })

  it("gives each partition to one member that reads its topic, and to all about as many", () => {
    fc.assert(
      fc.property(members, fc.nat({ max: 9 }), (group, count) => {
        const read = new Set(group.flatMap((each) => each.topics))
        const shares = assign(group, new Map([...read].map((topic) => [topic, count])))
        const given = [...shares.values()].flat().map(({ topic, partition }) => `${topic} ${partition}`)
        expect(new Set(given).size).toBe(given.length)
        expect(given.length).toBe(read.size * count)
        for (const { memberId, topics: own } of group) {
          for (const { topic } of shares.get(memberId) ?? []) expect(own).toContain(topic)
        }
      }),
    )
  })

  it("is told in a form that is read as it was written", () => {
    fc.assert(
      fc.property(topics, fc.array(fc.nat({ max: 99 })), (names, numbers) => {
        expect(decodeSubscription(encodeSubscription(names))).toEqual(names)
        const partitions = names.flatMap((topic) => numbers.map((partition) => ({ topic, partition })))
        expect(decodeAssignment(encodeAssignment(partitions))).toEqual(partitions)
      }),
    )
    expect(decodeAssignment(Buffer.alloc(0))).toEqual([])
  })
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function recordAt(offset: number): KafkaRecord {
  return { offset, key: null, value: null, header: () => undefined }
}
