import { createRepository, defineDecider } from "@annals/core"
import { createSnapshots, never } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { addOnes, missesOf } from "./kept-tallies.ts"
import { damage, memoryLog, stores } from "./stores.ts"
import { added, changingTally, cleared, tally } from "./tallies.ts"

/** Restores well, and has nothing in it that the rules know. */
const unfit = { body: '{"sum":10}' }

const onlyUntil = (most: number) =>
  defineDecider("tally", {
    events: [added, cleared],
    initial: () => ({ total: 0 }),
    evolve: {
      added: ({ total }) => {
        if (total >= most) throw new Error("too many")
        return { total: total + 1 }
      },
      cleared: (state) => state,
    },
    decide: {},
  })

for (const [name, create] of Object.entries(stores)) {
  describe(`a state that events can't be applied to, on ${name}`, () => {
    it.each([
      ["makes new states", tally],
      ["changes its state", changingTally],
    ] as const)("is passed over, and everything replayed: an aggregate that %s", async (_how, definition) => {
      const { lines, logger } = memoryLog()
      await using store = create({ logger })
      const snapshots = createSnapshots(store, definition as typeof tally, { policy: never() })
      const repository = createRepository(store, definition as typeof tally, { snapshots })
      await addOnes(store, 10)
      await snapshots.take("a")
      await addOnes(store, 3)
      await damage(store, "a", unfit)
      for (const version of [13, 12]) {
        const { state } = await repository.load("a", { atVersion: version })
        expect(state.total).toBe(version)
      }
      expect((await repository.execute("a", "add", [1])).version).toBe(14)
      expect(missesOf(snapshots)).toEqual({ "restore-failed": 3 })
      const cause = expect.any(TypeError)
      const passedOver = {
        message: "a snapshot was passed over",
        fields: { reason: "restore-failed", error: { cause } },
      }
      expect(lines).toMatchObject([passedOver])
      expect(await snapshots.take("a")).toBe(true)
      expect((await repository.load("a")).state.total).toBe(14)
      expect(missesOf(snapshots)).toEqual({ "restore-failed": 4 })
    })

    it("isn't blamed for rules that refuse the stream itself", async () => {
      await using store = create()
      const definition = onlyUntil(12)
      const snapshots = createSnapshots(store, definition, { policy: never() })
      const repository = createRepository(store, definition, { snapshots })
      await addOnes(store, 10)
      await snapshots.take("a")
      await addOnes(store, 3)
      await expect(repository.load("a")).rejects.toThrow("too many")
      expect(missesOf(snapshots)).toEqual({})
    })
  })
}
