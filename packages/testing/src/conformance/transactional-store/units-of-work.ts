import assert from "node:assert/strict"
import type { UnitOfWork } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import {
  beside,
  everything,
  notebook,
  noted,
  notes,
  race,
  textOf,
  textsOf,
  times,
  turn,
} from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import { everyPort, outsideView, traces, writeEveryPort } from "./bookkeeping.ts"

/** Trap 10 and DESIGN §4.6: what is written in one unit of work commits together, or not at all. */
export function unitsOfWork<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("a unit of work", () => {
    it("commits its events and everything else together, and passes on its result", async () => {
      await using subject = await create()
      const { store } = subject
      const result = await store.transaction(async (unitOfWork) => {
        await unitOfWork.events.append(notebook("a"), notes(2))
        await unitOfWork.events.append(notebook("b"), notes(1))
        await writeEveryPort(unitOfWork)
        return "done"
      })
      assert.equal(result, "done")
      assert.equal((await everything(store)).length, 3)
      assert.deepEqual(await traces(store), everyPort(true))
    })

    it("leaves nothing behind when its work fails, and passes on the very error", async () => {
      await using subject = await create()
      const { store } = subject
      const before = await outsideView(store, sequentialId(9))
      const error = new Error("changed my mind")
      const work = store.transaction(async (unitOfWork) => {
        await unitOfWork.events.append(notebook("a"), [noted("x", { id: sequentialId(9) })])
        await writeEveryPort(unitOfWork)
        throw error
      })
      await assert.rejects(work, (thrown) => thrown === error)
      assert.deepEqual(await outsideView(store, sequentialId(9)), before)
      assert.deepEqual(await traces(store), everyPort(false))
    })

    it("takes nothing away when its work fails that was there before", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      await store.readModels.save("model", "id", { first: true })
      const work = store.transaction(async ({ events, readModels }) => {
        await events.append(notebook("a"), notes(2))
        await readModels.save("model", "id", { second: true })
        await readModels.delete("model", "id")
        throw new Error("no")
      })
      await assert.rejects(work)
      assert.equal(await store.streamVersion(notebook("a")), 2)
      assert.deepEqual(await store.readModels.get("model", "id"), {
        id: "id",
        version: 1,
        value: { first: true },
      })
    })

    it("leaves its ids and versions free when it fails, and holds no reader back", async () => {
      await using subject = await create()
      const { store } = subject
      const event = noted("x", { id: sequentialId(9) })
      const append = ({ events }: UnitOfWork<Tx>) => events.append(notebook("a"), [event], { expected: 0 })
      await assert.rejects(
        store.transaction(async (unitOfWork) => {
          await append(unitOfWork)
          throw new Error("no")
        }),
      )
      const result = await store.transaction(append)
      assert.deepEqual([result.repeated, result.version], [false, 1])
      const pages = store.readAll().pages()
      for await (const page of pages)
        assert.deepEqual([page.events.length, page.scannedTo], [1, result.position])
      assert.equal(await store.head(), result.position)
    })

    it("reads what it wrote itself", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("1")])
      await store.transaction(async (unitOfWork) => {
        const { events } = unitOfWork
        const { eventIds, position } = await events.append(notebook("a"), [noted("2", { tags: ["t"] })])
        await writeEveryPort(unitOfWork)
        assert.deepEqual((await events.readStream(notebook("a")).toArray()).map(textOf), ["1", "2"])
        assert.deepEqual((await events.readAll().toArray()).map(textOf), ["1", "2"])
        assert.deepEqual((await events.readAll({ tags: ["t"] }).toArray()).map(textOf), ["2"])
        assert.equal(await events.streamVersion(notebook("a")), 2)
        assert.equal(await events.hasEvent(eventIds[0] as string), true)
        assert.equal((await events.findEvent(eventIds[0] as string))?.position, position)
        assert.deepEqual(await traces(unitOfWork), everyPort(true))
      })
    })

    it("shows nothing to anybody else before it commits", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("b"), notes(1))
      const before = await outsideView(store, sequentialId(9))
      await store.transaction(async (unitOfWork) => {
        await unitOfWork.events.append(notebook("a"), [noted("x", { id: sequentialId(9), tags: ["t"] })])
        await writeEveryPort(unitOfWork)
        assert.deepEqual(await outsideView(store, sequentialId(9)), before)
        assert.deepEqual(await traces(store), everyPort(false))
      })
      assert.notDeepEqual(await outsideView(store, sequentialId(9)), before)
    })

    it("holds back no reader's view for good: what it commits still comes, once", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("1")])
      const [appended, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const work = beside(
        store.transaction(async ({ events }) => {
          await events.append(notebook("a"), [noted("inside")])
          appended.resolve()
          await mayCommit.promise
        }),
      )
      await appended.promise
      const other = beside(store.append(notebook("b"), [noted("outside")]))
      const seen: string[] = []
      let checkpoint = 0
      const read = async () => {
        for await (const page of store.readAll({ after: checkpoint }).pages()) {
          seen.push(...page.events.map(textOf))
          checkpoint = page.scannedTo
        }
      }
      await read()
      mayCommit.resolve()
      await Promise.all([work.done, other.done])
      await read()
      assert.deepEqual(seen, (await everything(store)).map(textOf))
      assert.deepEqual(seen.toSorted(), ["1", "inside", "outside"])
    })

    it("counts its own events in expected versions and conditions", async () => {
      await using subject = await create()
      const { store } = subject
      await store.transaction(async ({ events }) => {
        await events.append(notebook("a"), notes(2, 1), { expected: "no-stream" })
        await events.append(notebook("a"), [noted("3", { tags: ["seat"] })], { expected: 2 })
        await assert.rejects(events.append(notebook("a"), notes(1), { expected: 2 }), {
          code: "VERSION_CONFLICT",
          actual: 3,
        })
        const condition = { query: [{ tags: ["seat"] }] }
        await assert.rejects(events.append(notebook("b"), notes(1), { condition }), {
          code: "CONDITION_FAILED",
        })
      })
      assert.deepEqual(await textsOf(store, notebook("a")), ["1", "2", "3"])
      assert.equal(await store.streamVersion(notebook("b")), 0)
    })

    it("goes on after an append in it was refused, and nothing of that append stays", async () => {
      await using subject = await create()
      const { store } = subject
      await store.transaction(async ({ events }) => {
        await events.append(notebook("a"), [noted("kept 1")])
        const appends = [
          { stream: notebook("x"), events: notes(2) },
          { stream: notebook("a"), events: notes(2), expected: 9 },
        ]
        await assert.rejects(events.appendToStreams(appends), { code: "VERSION_CONFLICT" })
        await events.append(notebook("a"), [noted("kept 2")])
      })
      assert.deepEqual((await everything(store)).map(textOf), ["kept 1", "kept 2"])
    })

    it("recognises a repeat of its own append, and of an earlier one", async () => {
      await using subject = await create()
      const { store } = subject
      const [early, own] = [noted("early", { id: sequentialId(1) }), noted("own", { id: sequentialId(2) })]
      await store.append(notebook("a"), [early])
      await store.transaction(async ({ events }) => {
        assert.equal((await events.append(notebook("a"), [early], { expected: 0 })).repeated, true)
        assert.equal((await events.append(notebook("a"), [own])).repeated, false)
        assert.equal((await events.append(notebook("a"), [own])).repeated, true)
        await assert.rejects(events.append(notebook("b"), [own]), { code: "EVENT_ID_REUSED" })
      })
      assert.deepEqual(await textsOf(store, notebook("a")), ["early", "own"])
    })

    it("belongs to the tenant whose handle began it", async () => {
      await using subject = await create()
      const { store } = subject
      await store.forTenant("red").transaction(async (unitOfWork) => {
        await unitOfWork.events.append(notebook("a"), notes(1))
        await writeEveryPort(unitOfWork)
      })
      assert.deepEqual(
        (await everything(store)).map((event) => event.tenant),
        ["red"],
      )
      assert.deepEqual(await traces(store.forTenant("blue")), everyPort(false))
      assert.deepEqual(await traces(store.forTenant("red")), everyPort(true))
    })

    it("sees and writes another tenant's through that tenant's handle of it, and commits it with the rest", async () => {
      await using subject = await create()
      const { store } = subject
      const work = async (unitOfWork: UnitOfWork<Tx>) => {
        const red = unitOfWork.forTenant("red")
        await unitOfWork.events.append(notebook("a"), [noted("none")])
        await red.events.append(notebook("a"), [noted("red")], { expected: "no-stream" })
        await writeEveryPort(red)
        assert.deepEqual([red.events.tenant, await textsOf(red.events, notebook("a"))], ["red", ["red"]])
        assert.deepEqual(await traces(unitOfWork), everyPort(false))
        assert.throws(() => red.forTenant("blue"), { code: "INVALID_OPTION" })
        assert.equal(red.forTenant("red").tx, unitOfWork.tx)
      }
      await assert.rejects(
        store.transaction(async (unitOfWork) => {
          await work(unitOfWork)
          throw new Error("no")
        }),
      )
      assert.deepEqual(await traces(store.forTenant("red")), everyPort(false))
      await store.transaction(work)
      assert.deepEqual(await traces(store.forTenant("red")), everyPort(true))
      assert.deepEqual((await everything(store)).map(textOf), ["none", "red"])
    })

    it("is over when its work is over", async () => {
      await using subject = await create()
      const kept = await subject.store.transaction((unitOfWork) => ({ unitOfWork }))
      const { unitOfWork } = kept
      await assert.rejects(unitOfWork.events.append(notebook("a"), notes(1)), { code: "CLOSED" })
      await assert.rejects(unitOfWork.events.readAll().toArray(), { code: "CLOSED" })
      await assert.rejects(unitOfWork.readModels.get("m", "i"), { code: "CLOSED" })
      assert.deepEqual(await everything(subject.store), [])
    })

    for (const end of ["commits", "rolls back"]) {
      it(`leaves no transaction to write within when it ${end}, also while another is open`, async () => {
        await using subject = await create()
        const { store } = subject
        const no = new Error("no")
        let kept: { readonly tx: Tx } | undefined
        const work = store.transaction(async ({ events, tx }) => {
          await events.append(notebook("a"), [noted("own")])
          kept = { tx }
          if (end === "rolls back") throw no
        })
        if (end === "commits") await work
        else await assert.rejects(work, no)
        const writeLate = async () => {
          const { events, readModels } = store.within((kept as { readonly tx: Tx }).tx)
          await assert.rejects(events.append(notebook("a"), [noted("late")]), { code: "CLOSED" })
          await assert.rejects(readModels.save("model", "id", "late"), { code: "CLOSED" })
        }
        await writeLate()
        await store.transaction(async ({ events }) => {
          await events.append(notebook("b"), [noted("another's")])
          await writeLate()
        })
        await writeLate()
        assert.deepEqual(
          (await everything(store)).map(textOf),
          end === "commits" ? ["own", "another's"] : ["another's"],
        )
        assert.equal(await store.readModels.get("model", "id"), undefined)
      })
    }

    it("doesn't begin when its signal is already aborted", async () => {
      await using subject = await create()
      let ran = false
      const work = subject.store.transaction(
        () => {
          ran = true
        },
        { signal: AbortSignal.abort() },
      )
      await assert.rejects(work)
      assert.equal(ran, false)
    })

    it("commits its appends as one: a reader sees all of them or none", async () => {
      await using subject = await create()
      const { store } = subject
      const write = async () => {
        for (let round = 0; round < 12; round++) {
          await store.transaction(async ({ events }) => {
            await events.append(notebook("a"), notes(1))
            await events.append(notebook("b"), notes(2))
          })
        }
      }
      const writing = beside(write())
      while (writing.going()) {
        assert.equal((await everything(store)).length % 3, 0)
        await turn()
      }
      await writing.done
    })

    it("stands beside others and beside plain appends, none of which is lost", async () => {
      await using subject = await create()
      const { store } = subject
      const attempts = times(20, (index) =>
        index % 2 === 0
          ? store.append(notebook("a"), [noted(`${index}`)])
          : store.transaction(({ events }) => events.append(notebook("a"), [noted(`${index}`)])),
      )
      assert.equal((await race(attempts, "none is refused")).won.length, 20)
      assert.equal(new Set(await textsOf(store, notebook("a"))).size, 20)
    })
  })

  describe("a plain write while a unit of work of the store is open around it", () => {
    const nested = {
      "an append": (store) => store.append(notebook("a"), notes(1)),
      "an append to several streams": (store) =>
        store.appendToStreams([{ stream: notebook("a"), events: notes(1) }]),
      "an append by a tenant's handle": (store) => store.forTenant("red").append(notebook("a"), notes(1)),
      "a second unit of work": (store) => store.transaction(async () => {}),
      "a write to a port": (store) => store.readModels.save("m", "i", 1),
    } satisfies Record<string, (store: Awaited<ReturnType<CreateSubject<Tx>>>["store"]) => Promise<unknown>>

    for (const [name, write] of Object.entries(nested)) {
      it(`fails with NESTED_WRITE rather than wait for ever: ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        await store.transaction(async ({ events }) => {
          await assert.rejects(write(store), { code: "NESTED_WRITE" })
          await events.append(notebook("b"), [noted("the unit of work goes on")])
        })
        assert.deepEqual((await everything(store)).map(textOf), ["the unit of work goes on"])
      })
    }

    it("may come again when the unit of work is over", async () => {
      await using subject = await create()
      const { store } = subject
      await store.transaction(({ events }) => events.append(notebook("a"), notes(1)))
      await store.append(notebook("a"), notes(1))
      assert.equal(await store.streamVersion(notebook("a")), 2)
    })

    it("may come from what the unit of work set off, when the unit of work is over", async () => {
      await using subject = await create()
      const { store } = subject
      const over = Promise.withResolvers<void>()
      const later = async () => {
        await over.promise
        await store.append(notebook("a"), notes(1))
      }
      const setOff = await store.transaction(async ({ events }) => {
        await events.append(notebook("a"), notes(1))
        return { work: later() }
      })
      let setOffBefore: Promise<void> | undefined
      await store.append(notebook("a"), notes(1), {
        before: () => {
          setOffBefore = later()
        },
      })
      over.resolve()
      await Promise.all([setOff.work, setOffBefore])
      assert.equal(await store.streamVersion(notebook("a")), 4)
    })

    it("may go to another store", async () => {
      await using subject = await create()
      await using other = await create()
      await subject.store.transaction(async ({ events }) => {
        await other.store.append(notebook("a"), notes(1))
        await other.store.transaction((inner) => inner.events.append(notebook("a"), notes(1)))
        await events.append(notebook("a"), notes(1))
      })
      assert.deepEqual(
        [await other.store.streamVersion(notebook("a")), await subject.store.streamVersion(notebook("a"))],
        [2, 1],
      )
    })

    it("waits its turn, and succeeds, when it comes from elsewhere", async () => {
      await using subject = await create()
      const { store } = subject
      const [begun, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const work = store.transaction(async ({ events }) => {
        await events.append(notebook("a"), notes(1))
        begun.resolve()
        await mayCommit.promise
      })
      await begun.promise
      const plain = store.append(notebook("a"), notes(1))
      mayCommit.resolve()
      await Promise.all([work, plain])
      assert.equal(await store.streamVersion(notebook("a")), 2)
    })
  })
}
