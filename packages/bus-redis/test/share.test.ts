import assert from "node:assert/strict"
import fc from "fast-check"
import { describe, it } from "vitest"
import { planShare } from "../src/membership/share.ts"

describe("the shares of a group", () => {
  it("come level by everybody's own plans, whoever came and went, and then nothing moves any more", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 })
    const owners = fc.array(fc.nat(25), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(names, owners, fc.infiniteStream(fc.nat()), (members, drawn, order) => {
        const held = drawn.map((owner) => members[owner])
        const moved = settle(members, held, order)
        const counts = members.map((name) => held.filter((owner) => owner === name).length)
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          held.length,
          "none is left over",
        )
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`)
        assert.ok(moved <= 2 * held.length, "and nothing goes to and fro")
        assert.equal(settle(members, held, order), 0)
      }),
    )
  })

  it("of those who were there change by a newcomer's part only", () => {
    const held: (string | undefined)[] = [
      "a",
      "a",
      "a",
      "a",
      "a",
      "a",
      "b",
      "b",
      "b",
      "b",
      "b",
      "c",
      "c",
      "c",
      "c",
      "c",
    ]
    const moved = settle(["a", "b", "c", "0"], held, [0])
    assert.equal(moved, 2 * 4)
  })
})

/** Lets members act on their plans, one after another in some order, until none has anything to do. Returns how many steps that took. */
function settle(members: readonly string[], held: (string | undefined)[], order: Iterable<number>): number {
  const draw = order[Symbol.iterator]()
  let moved = 0
  for (let idle = 0; idle < members.length * 2; ) {
    const turn = idle < members.length ? (draw.next().value ?? idle) : idle
    const me = members[turn % members.length] as string
    const plan = planShare(me, {
      members: new Map(members.map((name) => [name, held.filter((owner) => owner === name).length])),
      free: held.flatMap((owner, partition) => (owner === undefined ? [partition] : [])),
      mine: held.flatMap((owner, partition) => (owner === me ? [partition] : [])),
      partitions: held.length,
    })
    for (const partition of plan.take) held[partition] = me
    for (const partition of plan.giveAway) held[partition] = undefined
    moved += plan.take.length + plan.giveAway.length
    idle = plan.take.length + plan.giveAway.length === 0 ? idle + 1 : 0
  }
  return moved
}
