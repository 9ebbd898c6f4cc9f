import assert from "node:assert/strict"
import { type CheckpointStep, type CheckpointStore, createMemoryStore, type SlotRange } from "@annals/core"
import { usingService } from "@annals/services"
import fc from "fast-check"
import { describe, it } from "vitest"
import { createPortFixture } from "./port-fixture.ts"

const lower: CheckpointStep = { slots: [{ first: 0, last: 511 }], from: 0, to: 10 }
const upper: CheckpointStep = { slots: [{ first: 512, last: 1023 }], from: 0, to: 20 }

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("checkpoints on PostgreSQL", { timeout: 60_000 }, () => {
      it("let instances advance their slots at the same time, after the first step of each", async () => {
        await using fixture = await createPortFixture(url)
        const [a, b] = [await fixture.begin(), await fixture.begin()]
        assert.equal(await a.ports.checkpoints.advance("s", lower), "advanced")
        const waiting = b.ports.checkpoints.advance("s", upper)
        await fixture.untilWaiting(1)
        await a.commit()
        assert.equal(await waiting, "advanced")
        await b.commit()

        const [c, d] = [await fixture.begin(), await fixture.begin()]
        assert.equal(await c.ports.checkpoints.advance("s", { ...upper, from: 20, to: 30 }), "advanced")
        assert.equal(await d.ports.checkpoints.advance("s", { ...lower, from: 10, to: 30 }), "advanced")
        await c.commit()
        await d.rollback()
        assert.deepEqual(await fixture.ports.checkpoints.load("s"), [
          { slots: { first: 0, last: 511 }, position: 10 },
          { slots: { first: 512, last: 1023 }, position: 30 },
        ])
      })

      it("conflict with a step that was taken while they waited", async () => {
        await using fixture = await createPortFixture(url)
        const { checkpoints } = fixture.ports
        await checkpoints.advance("s", { from: 0, to: 5 })
        const tx = await fixture.begin()
        await tx.ports.checkpoints.advance("s", { ...lower, from: 5 })
        const waiting = checkpoints.advance("s", { from: 5, to: 7 })
        await fixture.untilWaiting(1)
        await tx.commit()
        assert.equal(await waiting, "conflict")
        assert.equal(await checkpoints.advance("s", { ...upper, from: 5 }), "advanced")
      })

      it("are reset whole while a step splits them", async () => {
        await using fixture = await createPortFixture(url)
        const { checkpoints } = fixture.ports
        await checkpoints.advance("s", lower)
        const tx = await fixture.begin()
        await tx.ports.checkpoints.advance("s", { slots: [{ first: 600, last: 700 }], from: 0, to: 4 })
        const waiting = checkpoints.reset("s", 3)
        await fixture.untilWaiting(1)
        await tx.commit()
        await waiting
        assert.deepEqual(await checkpoints.load("s"), [{ slots: { first: 0, last: 1023 }, position: 3 }])
        assert.deepEqual(await fixture.query("SELECT count(*) FROM {schema}.checkpoints"), [["1"]])
      })

      it("are forgotten whole while a step splits them", async () => {
        await using fixture = await createPortFixture(url)
        const { checkpoints } = fixture.ports
        await checkpoints.advance("s", lower)
        const tx = await fixture.begin()
        await tx.ports.checkpoints.advance("s", { slots: [{ first: 600, last: 700 }], from: 0, to: 4 })
        const waiting = checkpoints.remove("s")
        await fixture.untilWaiting(1)
        await tx.commit()
        await waiting
        assert.deepEqual(await fixture.query("SELECT count(*) FROM {schema}.checkpoints"), [["0"]])
      })

      it("say so where a transaction's view is too old to be sure", async () => {
        await using fixture = await createPortFixture(url)
        await fixture.ports.checkpoints.reset("s", 0)
        const tx = await fixture.begin("REPEATABLE READ")
        await tx.ports.checkpoints.load("s")
        await fixture.ports.checkpoints.advance("s", lower)
        await assert.rejects(tx.ports.checkpoints.advance("s", upper), { code: "40001" })
        await tx.rollback()
      })

      it("do what the memory store does, step by step, and always cover all slots once", async () => {
        await using fixture = await createPortFixture(url)
        let run = 0
        await fc.assert(
          fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 12 }), async (commands) => {
            await using memory = createMemoryStore()
            const name = `run ${run++}`
            for (const take of commands) {
              const [ours, theirs] = [
                await take(fixture.ports.checkpoints, name),
                await take(memory.checkpoints, name),
              ]
              assert.deepEqual(ours, theirs)
              assert.deepEqual(
                await fixture.ports.checkpoints.load(name),
                await memory.checkpoints.load(name),
              )
            }
            assert.deepEqual(await fixture.query(uncovered), [])
          }),
          { numRuns: 60, seed: 4 },
        )
      })

      it("give each slot to one of those who race for it, and conflict only with a winner", async () => {
        await using fixture = await createPortFixture(url)
        const { checkpoints } = fixture.ports
        let run = 0
        await fc.assert(
          fc.asyncProperty(fc.array(ranges, { minLength: 2, maxLength: 8 }), async (contenders) => {
            const name = `race ${run++}`
            const outcomes = await Promise.all(
              contenders.map((slots, index) => checkpoints.advance(name, { slots, from: 0, to: index + 1 })),
            )
            const positions = new Array<number>(1024).fill(0)
            for (const { slots, position } of await checkpoints.load(name)) {
              positions.fill(position, slots.first, slots.last + 1)
            }
            for (const [index, slots] of contenders.entries()) {
              const there = slots.flatMap(({ first, last }) => positions.slice(first, last + 1))
              if (outcomes[index] === "advanced") assert.ok(there.every((position) => position === index + 1))
              else
                assert.ok(
                  there.some((position) => position > 0),
                  "somebody else won a slot of it",
                )
            }
            const won = contenders.filter((_, index) => outcomes[index] === "advanced").flat()
            const moved = won.reduce((sum, { first, last }) => sum + last - first + 1, 0)
            assert.equal(positions.filter((position) => position > 0).length, moved)
            assert.deepEqual(await fixture.query(uncovered), [])
          }),
          { numRuns: 40, seed: 4 },
        )
      })
    })
  })
}

/** Subscriptions whose rows leave a slot out, or have it twice. */
const uncovered = `
  SELECT subscription FROM {schema}.checkpoints CROSS JOIN LATERAL generate_series(first_slot, last_slot) slot
  GROUP BY subscription HAVING count(*) <> 1024 OR count(DISTINCT slot) <> 1024`

/** Sorted, and not touching each other, as the front makes them. */
const ranges: fc.Arbitrary<readonly SlotRange[]> = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 1023 }), fc.constantFrom(0, 256, 511, 512, 768, 1023)), {
    minLength: 2,
    maxLength: 12,
  })
  .map((bounds) => {
    const sorted = bounds.sort((left, right) => left - right)
    const found: SlotRange[] = []
    for (let index = 0; index + 1 < sorted.length; index += 2) {
      const [first, last] = [sorted[index] as number, sorted[index + 1] as number]
      if (first > (found.at(-1)?.last ?? -2) + 1) found.push({ first, last })
    }
    return found
  })

type Command = (store: CheckpointStore, name: string) => Promise<unknown>

const position = fc.integer({ min: 0, max: 3 })

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.option(ranges, { nil: undefined }), position, position).map(
      ([slots, from, more]): Command =>
        (store, name) => {
          return store.advance(name, { ...(slots && { slots }), from, to: from + more })
        },
    ),
  },
  {
    weight: 1,
    arbitrary: position.map(
      (at): Command =>
        (store, name) =>
          store.reset(name, at),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Command>((store, name) => store.remove(name)) },
)
