import assert from "node:assert/strict"
import type { DeadLetterStore, NewDeadLetter } from "@annals/core"
import { usingService } from "@annals/services"
import { sequentialId } from "@annals/testing"
import fc from "fast-check"
import { describe, it } from "vitest"
import { createPortFixture } from "./port-fixture.ts"

const failure = { message: "no", code: "TypeError", attempts: 5, failedAt: -1 }

function entry(number: number, id = "a"): NewDeadLetter {
  const stream = { tenant: "", category: "notebook", id }
  return { stream, version: number, position: number, eventId: sequentialId(number), type: "noted", slot: 1 }
}

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("dead letters on PostgreSQL", { timeout: 60_000 }, () => {
      for (const before of [[], [entry(8)]])
        it(`of one stream are parked one after the other, in the status of those before, behind ${before.length}`, async () => {
          await using fixture = await createPortFixture(url)
          const { deadLetters } = fixture.ports
          if (before.length > 0) await deadLetters.park("s", before)
          const tx = await fixture.begin()
          await tx.ports.deadLetters.park("s", [entry(1)])
          const waiting = deadLetters.park("s", [entry(2), entry(1)])
          await fixture.untilWaiting(1)
          await deadLetters.park("s", [entry(9, "b")])
          await deadLetters.park("t", [entry(1)])
          await tx.ports.deadLetters.park("s", [entry(3)])
          await tx.ports.deadLetters.requeue("s", { category: "notebook", id: "a" })
          await tx.commit()
          await waiting
          const list = await deadLetters.list({
            source: "s",
            stream: { tenant: "", category: "notebook", id: "a" },
          })
          assert.deepEqual(
            list.map(({ version, status }) => [version, status]),
            [...before.map(({ version }) => version), 1, 3, 2].map((version) => [version, "requeued"]),
          )
        })

      it("find their stream no longer parked when the last one before them was handled meanwhile", async () => {
        await using fixture = await createPortFixture(url)
        const { deadLetters } = fixture.ports
        await deadLetters.park("s", [entry(1)])
        await deadLetters.requeue("s")
        const tx = await fixture.begin()
        assert.equal(await tx.ports.deadLetters.remove("s", [sequentialId(1)]), 1)
        const waiting = deadLetters.park("s", [entry(2)])
        await fixture.untilWaiting(1)
        await tx.commit()
        await waiting
        assert.deepEqual(
          (await deadLetters.list()).map(({ version, status }) => [version, status]),
          [[2, "parked"]],
        )
      })

      it("are counted again by a removal that waited", async () => {
        await using fixture = await createPortFixture(url)
        const { deadLetters } = fixture.ports
        await deadLetters.park("s", [entry(1), entry(2)])
        const tx = await fixture.begin()
        await tx.ports.deadLetters.remove("s", [sequentialId(1)])
        const waiting = deadLetters.remove("s", [sequentialId(2), sequentialId(1)])
        await fixture.untilWaiting(1)
        await tx.commit()
        assert.equal(await waiting, 1)
        assert.deepEqual(await fixture.query("SELECT count(*) FROM {schema}.parked_streams"), [["0"]])
      })

      it("never lock each other out, whatever is done to the same streams at once", async () => {
        await using fixture = await createPortFixture(url)
        const { deadLetters } = fixture.ports
        await fc.assert(
          fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 12 }), async (actions) => {
            await Promise.all(actions.map((act) => act(deadLetters)))
            const list = await deadLetters.list({ limit: 1000 })
            assert.equal(new Set(list.map(({ eventId }) => eventId)).size, list.length)
            const parked = await deadLetters.parkedStreams("s")
            assert.equal(
              parked.reduce((sum, { entries }) => sum + entries, 0),
              list.length,
            )
            assert.deepEqual(await fixture.query("SELECT count(*) FROM {schema}.parked_streams"), [
              [String(parked.length)],
            ])
          }),
          { numRuns: 25, seed: 4 },
        )
      })
    })
  })
}

/** An event is always of the same stream. */
const number = fc.integer({ min: 1, max: 12 })
const numbers = fc.uniqueArray(number, { minLength: 1, maxLength: 8 })
const streamOf = (version: number) => ["a", "b", "c"][version % 3] as string

const action: fc.Arbitrary<(store: DeadLetterStore) => Promise<unknown>> = fc.oneof(
  numbers.map(
    (all) => (store: DeadLetterStore) =>
      store.park(
        "s",
        all.map((each) => entry(each, streamOf(each))),
      ),
  ),
  numbers.map((all) => (store: DeadLetterStore) => store.remove("s", all.map(sequentialId))),
  number.map((each) => (store: DeadLetterStore) => store.replayFailed("s", sequentialId(each), failure)),
  fc.constant((store: DeadLetterStore) => store.requeue("s")),
)
