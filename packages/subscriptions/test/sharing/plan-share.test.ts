import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { planShare } from "../../src/sharing/plan-share.ts"
import { LeaseModel } from "./lease-model.ts"

const owner = fc.constantFrom("a", "b", "c", "d", "e", "f", "g")
const step = fc.record({
  does: fc.constantFrom("join", "join", "remove", "look", "act", "look", "act"),
  owner,
})
const resourceCounts = fc.constantFrom(1, 2, 5, 7, 32)

describe("a share", () => {
  it("is fair in the end, whatever happened and however old the views were, with everything held once", () => {
    fc.assert(
      fc.property(
        resourceCounts,
        fc.array(step, { maxLength: 60 }),
        fc.boolean(),
        (count, steps, together) => {
          const model = run(new LeaseModel(count), steps)
          const owners = model.owners.length
          const before = { releases: model.releases, counts: model.counts }
          settle(model, together)
          if (owners === 0) return
          const floor = Math.floor(count / owners)
          expect(sum(model.counts)).toBe(count)
          expect(Math.min(...model.counts)).toBe(floor)
          expect(Math.max(...model.counts)).toBe(Math.ceil(count / owners))
          const tooMuch = sum(before.counts.map((held) => Math.max(0, held - floor)))
          // Owners that look at the same moment may all take the one that is left over.
          expect(model.releases - before.releases).toBeLessThanOrEqual(tooMuch + (together ? owners : 0))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it("moves to a new owner no more than its part", () => {
    fc.assert(
      fc.property(
        resourceCounts,
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (count, owners, together) => {
          const model = joined(count, owners)
          const before = model.releases
          model.join("a newcomer")
          settle(model, together)
          expect(model.releases - before).toBe(Math.floor(count / (owners + 1)))
          expect(model.heldBy("a newcomer")).toHaveLength(Math.floor(count / (owners + 1)))
        },
      ),
    )
  })

  it("moves nothing but what an owner leaves behind when it goes", () => {
    fc.assert(
      fc.property(resourceCounts, fc.integer({ min: 2, max: 40 }), (count, owners) => {
        const model = joined(count, owners)
        const before = model.releases
        model.remove(model.owners[0] as string)
        settle(model, false)
        expect(model.releases).toBe(before)
        expect(sum(model.counts)).toBe(count)
      }),
    )
  })

  it("asks nobody to give up the only resource, and gives it to whoever looks first when it is free", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), owner, (steps, name) => {
        const model = run(new LeaseModel(1), steps)
        expect(model.releases).toBe(0)
        for (const other of model.owners) model.remove(other)
        for (const other of ["a", "b", "c", "d", "e", "f", "g"]) model.join(other)
        model.look(name)
        model.act(name)
        expect(model.heldBy(name)).toHaveLength(1)
      }),
    )
  })

  it("is nothing for an owner that the group doesn't know", () => {
    const group = { owners: ["a"], leases: [], now: 0 }
    expect(planShare(group, "b", ["r"])).toEqual({ acquire: [], release: [] })
  })

  it("doesn't count leases of other resources", () => {
    const leases = ["x", "y", "z"].map((resource) => ({ resource, owner: "a", fence: 1 }))
    const plan = planShare({ owners: ["a"], leases, now: 0 }, "a", ["r1", "r2"])
    expect(plan).toEqual({ acquire: ["r1", "r2"], release: [] })
  })
})

function run(
  model: LeaseModel,
  steps: readonly { readonly does: string; readonly owner: string }[],
): LeaseModel {
  for (const { does, owner: name } of steps) {
    if (does === "join") model.join(name)
    else if (does === "remove") model.remove(name)
    else if (does === "look") model.look(name)
    else model.act(name)
  }
  return model
}

function joined(resources: number, owners: number): LeaseModel {
  const model = new LeaseModel(resources)
  for (let index = 0; index < owners; index++) model.join(`owner ${index}`)
  settle(model, false)
  return model
}

/** Until nobody has anything to do: one after the other, or all looking before any of them acts. */
function settle(model: LeaseModel, together: boolean): void {
  for (let round = 0; round < model.owners.length + 4; round++) {
    if (together) for (const name of model.owners) model.look(name)
    let busy = false
    for (const name of model.owners) {
      if (!together) model.look(name)
      if (model.act(name)) busy = true
    }
    if (!busy) return
  }
  throw new Error(`doesn't settle: ${model.counts.join(", ")}`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
