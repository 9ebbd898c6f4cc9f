import assert from "node:assert/strict"
import { causedBy, deriveId, withContext } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { everything, notebook, noted, notes, textOf } from "./sample-events.ts"

/** Metadata follow from a command to its events and to the events that those cause. */
export function causation<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("metadata and causation", () => {
    it("lays the context under the append's metadata, and those under the event's", async () => {
      await using subject = await create()
      const { store } = subject
      await withContext({ actor: "context", source: "context", correlationId: "context" }, () =>
        store.append(notebook("a"), [noted("x", { metadata: { actor: "event" } }), noted("y")], {
          metadata: { actor: "append", source: "append" },
        }),
      )
      assert.deepEqual(
        (await everything(store)).map((event) => event.metadata),
        [
          { actor: "event", source: "append", correlationId: "context" },
          { actor: "append", source: "append", correlationId: "context" },
        ],
      )
    })

    it("has none where none are given", async () => {
      await using subject = await create()
      await subject.store.append(notebook("a"), notes(1))
      assert.deepEqual((await everything(subject.store))[0]?.metadata, {})
    })

    it("gives what an event causes its correlation, and itself as the cause", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("first", { metadata: { correlationId: "request-1" } })])
      const [first] = await everything(store)
      assert.ok(first)
      await causedBy(first, () => store.append(notebook("b"), [noted("second")]))
      const second = (await everything(store))[1]
      assert.equal(second?.metadata.correlationId, "request-1")
      assert.equal(second?.metadata.causationId, first.id)
    })

    it("keeps concurrent contexts apart", async () => {
      await using subject = await create()
      const { store } = subject
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          withContext({ correlationId: `${index}` }, () =>
            store.append(notebook(`${index}`), [noted(`${index}`)]),
          ),
        ),
      )
      for (const event of await everything(store)) assert.equal(event.metadata.correlationId, textOf(event))
    })

    it("keeps the contexts of concurrent units of work apart, and of hooks that append", async () => {
      await using subject = await create()
      const { store } = subject
      const ids = Array.from({ length: 6 }, (_, index) => `${index}`)
      await Promise.all(
        ids.map((id, index) =>
          withContext({ correlationId: id }, async () => {
            if (index % 2 === 0)
              await store.transaction(({ events }) => events.append(notebook(id), [noted(id)]))
            else
              await store.append(notebook("shared"), [noted(id)], {
                before: async ({ events }) => void (await events.append(notebook(`${id} too`), [noted(id)])),
              })
          }),
        ),
      )
      const recorded = await everything(store)
      assert.equal(recorded.length, 9)
      for (const event of recorded) assert.equal(event.metadata.correlationId, textOf(event))
    })

    it("walks from an event to its causes, and to its effects", async () => {
      await using subject = await create()
      const { store } = subject
      // command → 1 → 2 → 4
      //             ↘ 3      and 5, of the same correlation, caused by something else
      const chain = [
        [1, "command-9"],
        [2, sequentialId(1)],
        [3, sequentialId(1)],
        [4, sequentialId(2)],
        [5, "elsewhere"],
      ] as const
      for (const [number, causationId] of chain) {
        const metadata = { correlationId: "request-1", causationId }
        await store.append(notebook(`${number % 2}`), [
          noted(`${number}`, { id: sequentialId(number), metadata }),
        ])
      }
      assert.deepEqual((await store.causesOf(sequentialId(4))).map(textOf), ["2", "1"])
      assert.deepEqual((await store.effectsOf(sequentialId(1))).map(textOf), ["2", "3", "4"])
      assert.deepEqual((await store.effectsOf(sequentialId(4))).map(textOf), [])
      assert.deepEqual((await store.causesOf(sequentialId(1))).map(textOf), [])
      assert.deepEqual(await store.effectsOf(sequentialId(99)), [])
    })

    it("ends also where causes go in a circle", async () => {
      await using subject = await create()
      const { store } = subject
      const caused = (number: number, by: number) =>
        noted(`${number}`, {
          id: sequentialId(number),
          metadata: { correlationId: "c", causationId: sequentialId(by) },
        })
      await store.append(notebook("a"), [caused(1, 2), caused(2, 1)])
      assert.deepEqual((await store.causesOf(sequentialId(1))).map(textOf), ["2"])
    })

    it("takes an id in upper case for the same id, and no other text for one", async () => {
      await using subject = await create()
      const { store } = subject
      const [first, second] = [deriveId("first"), deriveId("second")]
      const like = "0123456789abcdef-0123456789abcdef-01"
      const metadata = { correlationId: "c", causationId: like }
      await store.append(notebook("a"), [
        noted("1", { id: first, metadata }),
        noted("2", { id: second, metadata: { ...metadata, causationId: first.toUpperCase() } }),
      ])
      assert.deepEqual((await store.causesOf(second.toUpperCase())).map(textOf), ["1"])
      assert.deepEqual((await store.effectsOf(first.toUpperCase())).map(textOf), ["2"])
      assert.deepEqual(await store.causesOf(first), [])
    })
  })
}
