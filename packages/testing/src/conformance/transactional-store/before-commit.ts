import assert from "node:assert/strict"
import type { RecordedEvent } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import {
  everything,
  notebook,
  noted,
  notes,
  race,
  textOf,
  textsOf,
  times,
} from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import { everyPort, traces, writeEveryPort } from "./bookkeeping.ts"

/** The one hook of an append: after the insert and before the commit, with the recorded events, and not for a repeat. */
export function beforeCommit<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("the before hook of an append", () => {
    it("gets the events as they will be read", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      let given: readonly RecordedEvent[] = []
      const events = [
        noted("x", { tags: ["b", "a"], metadata: { actor: "me" } }),
        noted("y", { occurredAt: 5 }),
      ]
      const result = await store.append(notebook("a"), events, {
        before: (_unitOfWork, recorded) => {
          given = recorded
        },
      })
      assert.deepEqual(given, (await everything(store)).slice(1))
      assert.deepEqual(
        given.map((event) => event.position),
        result.positions,
      )
    })

    it("gets the events of all streams of an append to several", async () => {
      await using subject = await create()
      const { store } = subject
      let given: readonly RecordedEvent[] = []
      await store.appendToStreams(
        [
          { stream: notebook("a"), events: notes(2) },
          { stream: notebook("b"), events: notes(1) },
        ],
        {
          before: (_unitOfWork, recorded) => {
            given = recorded
          },
        },
      )
      assert.deepEqual(given, await everything(store))
    })

    it("sees the events in its unit of work, and nobody else does yet", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("x", { tags: ["t"] })], {
        before: async ({ events }) => {
          assert.deepEqual((await events.readStream(notebook("a")).toArray()).map(textOf), ["x"])
          assert.deepEqual((await events.readAll({ tags: ["t"] }).toArray()).map(textOf), ["x"])
          assert.equal(await store.streamVersion(notebook("a")), 0)
          assert.deepEqual(await everything(store), [])
        },
      })
      assert.equal(await store.streamVersion(notebook("a")), 1)
    })

    it("commits what it writes with the append", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1), {
        before: async (unitOfWork) => {
          await writeEveryPort(unitOfWork)
          await unitOfWork.events.append(notebook("b"), notes(2))
        },
      })
      assert.deepEqual(await traces(store), everyPort(true))
      assert.equal((await everything(store)).length, 3)
    })

    it("undoes the append when it throws, and passes on the very error", async () => {
      await using subject = await create()
      const { store } = subject
      const error = new Error("no")
      const append = store.append(notebook("a"), [noted("x", { id: sequentialId(1) })], {
        before: async (unitOfWork) => {
          await writeEveryPort(unitOfWork)
          throw error
        },
      })
      await assert.rejects(append, (thrown) => thrown === error)
      assert.deepEqual(await everything(store), [])
      assert.equal(await store.hasEvent(sequentialId(1)), false)
      assert.deepEqual(await traces(store), everyPort(false))
      await store.append(notebook("a"), [noted("x", { id: sequentialId(1) })], { expected: 0 })
    })

    it("doesn't run for a repeat", async () => {
      await using subject = await create()
      const { store } = subject
      let runs = 0
      const before = () => {
        runs++
      }
      const event = noted("x", { id: sequentialId(1) })
      await store.append(notebook("a"), [event], { before })
      assert.equal((await store.append(notebook("a"), [event], { before })).repeated, true)
      assert.equal(runs, 1)
    })

    it("doesn't run for what is refused", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("x", { id: sequentialId(1) })])
      const before = () => assert.fail("nothing was recorded")
      const condition = { query: [{ types: ["noted"] }] }
      await assert.rejects(store.append(notebook("a"), notes(1), { before, expected: 5 }), {
        code: "VERSION_CONFLICT",
      })
      await assert.rejects(store.append(notebook("a"), notes(1), { before, condition }), {
        code: "CONDITION_FAILED",
      })
      const reuse = store.append(notebook("b"), [noted("x", { id: sequentialId(1) })], { before })
      await assert.rejects(reuse, { code: "EVENT_ID_REUSED" })
    })

    it("must write through its unit of work: a plain append in it fails with NESTED_WRITE", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1), {
        before: async () => {
          await assert.rejects(store.append(notebook("b"), notes(1)), { code: "NESTED_WRITE" })
        },
      })
      assert.equal((await everything(store)).length, 1)
    })

    it("runs once for each of many parallel appends", async () => {
      await using subject = await create()
      const { store } = subject
      const attempts = times(12, (index) =>
        store.append(notebook("a"), [noted(`${index}`)], {
          before: async ({ readModels }, events) => {
            await readModels.save("seen", `${events[0]?.version}`, textOf(events[0] as RecordedEvent))
          },
        }),
      )
      await race(attempts, "none is refused")
      const texts = await textsOf(store, notebook("a"))
      assert.equal(texts.length, 12)
      for (const [index, text] of texts.entries()) {
        assert.equal((await store.readModels.get("seen", `${index + 1}`))?.value, text)
      }
    })

    it("runs inside a unit of work, whose failure takes all of it back", async () => {
      await using subject = await create()
      const { store } = subject
      const work = store.transaction(async ({ events }) => {
        await events.append(notebook("a"), notes(1), {
          before: async ({ readModels }) => void (await readModels.save("m", "i", 1)),
        })
        throw new Error("no")
      })
      await assert.rejects(work)
      assert.deepEqual(await everything(store), [])
      assert.equal(await store.readModels.get("m", "i"), undefined)
    })

    it("keeps a unit of work from committing when it throws, even where nobody heeds that", async () => {
      await using subject = await create()
      const { store } = subject
      const error = new Error("no")
      const work = store.transaction(async ({ events }) => {
        const before = () => {
          throw error
        }
        await events.append(notebook("a"), notes(1), { before }).catch(() => {})
      })
      await assert.rejects(work, (thrown) => thrown === error)
      assert.deepEqual(await everything(store), [])
    })
  })
}
