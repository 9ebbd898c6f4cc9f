import assert from "node:assert/strict"
import type { EventQuery } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { everything, notebook, noted, notes, race, textsOf, times, together } from "./sample-events.ts"

const seat = (tags: readonly string[], text = "seat") => ({ type: "seat-taken", data: { text }, tags })

/** Trap 7: append conditions (Dynamic Consistency Boundary). */
export function appendConditions<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("append on a condition", () => {
    const queries: readonly {
      readonly name: string
      readonly query: EventQuery
      readonly matches: boolean
    }[] = [
      { name: "its type", query: [{ types: ["seat-taken"] }], matches: true },
      { name: "any of its types", query: [{ types: ["seat-freed", "seat-taken"] }], matches: true },
      { name: "a type that isn't there", query: [{ types: ["seat-freed"] }], matches: false },
      { name: "a part of its type's name", query: [{ types: ["seat"] }], matches: false },
      { name: "its type in other letters", query: [{ types: ["Seat-Taken"] }], matches: false },
      { name: "one of its tags", query: [{ tags: ["row:1"] }], matches: true },
      { name: "all of its tags", query: [{ tags: ["show:7", "row:1"] }], matches: true },
      {
        name: "one of its tags, and one that it hasn't",
        query: [{ tags: ["row:1", "row:2"] }],
        matches: false,
      },
      { name: "a part of its tag", query: [{ tags: ["row"] }], matches: false },
      { name: "its type and its tag", query: [{ types: ["seat-taken"], tags: ["row:1"] }], matches: true },
      {
        name: "its type and another's tag",
        query: [{ types: ["seat-taken"], tags: ["row:2"] }],
        matches: false,
      },
      { name: "another's type and its tag", query: [{ types: ["noted"], tags: ["row:1"] }], matches: false },
      {
        name: "the second of two items",
        query: [{ types: ["seat-freed"] }, { types: ["seat-taken"], tags: ["show:7"] }],
        matches: true,
      },
      {
        name: "type and tag in two items, neither alone",
        query: [{ types: ["x"] }, { tags: ["y"] }],
        matches: false,
      },
      { name: "everything, by an empty item", query: [{}], matches: true },
      { name: "everything, by an empty query", query: [], matches: true },
    ]
    for (const { name, query, matches } of queries) {
      it(`${matches ? "refuses" : "accepts"} when the query asks for ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        const before = await store.append(notebook("notes"), [
          noted("row:2 comes before", { tags: ["row:2", "x"] }),
        ])
        const there = await store.append(notebook("seats"), [seat(["row:1", "show:7"])])
        const append = store.append(notebook("a"), notes(1), { condition: { query, after: before.position } })
        if (matches) {
          await assert.rejects(append, {
            code: "CONDITION_FAILED",
            position: there.position,
            retryable: false,
          })
        } else await append
        assert.equal(await store.streamVersion(notebook("a")), matches ? 0 : 1)
      })
    }

    it("looks at events above the position only, not at the one on it", async () => {
      await using subject = await create()
      const { store } = subject
      const { position } = await store.append(notebook("seats"), [seat(["row:1"])])
      await store.append(notebook("a"), notes(1), {
        condition: { query: [{ tags: ["row:1"] }], after: position },
      })
      assert.equal(await store.streamVersion(notebook("a")), 1)
    })

    it("sees the very next event after the position", async () => {
      await using subject = await create()
      const { store } = subject
      const before = await store.append(notebook("x"), notes(1))
      const there = await store.append(notebook("seats"), [seat(["row:1"])])
      const condition = { query: [{ tags: ["row:1"] }], after: before.position }
      await assert.rejects(store.append(notebook("a"), notes(1), { condition }), {
        code: "CONDITION_FAILED",
        position: there.position,
      })
    })

    it("looks at all events without a position", async () => {
      await using subject = await create()
      const { store } = subject
      const condition = { query: [{ tags: ["row:1"] }] }
      await store.append(notebook("seats"), [seat(["row:1"])], { condition })
      await assert.rejects(store.append(notebook("a"), notes(1), { condition }), { code: "CONDITION_FAILED" })
    })

    it("looks at every category and stream", async () => {
      await using subject = await create()
      const { store } = subject
      const after = await store.head()
      await store.append({ category: "theatre", id: "7" }, [seat(["row:1"])])
      const condition = { query: [{ types: ["seat-taken"] }], after }
      await assert.rejects(store.append(notebook("a"), notes(1), { condition }), { code: "CONDITION_FAILED" })
    })

    it("doesn't count what the append itself brings", async () => {
      await using subject = await create()
      const { store } = subject
      const condition = { query: [{ tags: ["row:1"] }] }
      await store.append(notebook("seats"), [seat(["row:1"]), seat(["row:1"])], { condition })
      assert.equal(await store.streamVersion(notebook("seats")), 2)
    })

    it("isn't refused because of unrelated events", async () => {
      await using subject = await create()
      const { store } = subject
      const after = await store.head()
      await store.append(
        notebook("seats"),
        times(20, (index) => seat([`row:${index + 2}`])).map((make) => make()),
      )
      await store.append(notebook("a"), notes(1), { condition: { query: [{ tags: ["row:1"] }], after } })
      assert.equal(await store.streamVersion(notebook("a")), 1)
    })

    it("leaves nothing behind when it refuses, and draws no position", async () => {
      await using subject = await create()
      const { store } = subject
      const first = await store.append(notebook("seats"), [seat(["row:1"])])
      const second = await store.append(notebook("seats"), [seat(["row:1"])])
      const condition = { query: [{ tags: ["row:1"] }] }
      await assert.rejects(store.append(notebook("a"), notes(3), { condition }), { code: "CONDITION_FAILED" })
      assert.equal((await everything(store)).length, 2)
      assert.deepEqual(await textsOf(store, notebook("a")), [])
      const third = await store.append(notebook("seats"), [seat(["row:1"])])
      assert.equal(third.position - second.position, second.position - first.position)
    })

    it("looks at expected versions first", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      const condition = { query: [{ types: ["noted"] }] }
      await assert.rejects(store.append(notebook("a"), notes(1), { expected: 1, condition }), {
        code: "VERSION_CONFLICT",
      })
      await assert.rejects(store.append(notebook("a"), notes(1), { expected: 2, condition }), {
        code: "CONDITION_FAILED",
      })
    })

    it("holds for an append to several streams, as a whole", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("seats"), [seat(["row:1"])])
      const appends = [
        { stream: notebook("a"), events: notes(1) },
        { stream: notebook("b"), events: notes(1) },
      ]
      await assert.rejects(store.appendToStreams(appends, { condition: { query: [{ tags: ["row:1"] }] } }), {
        code: "CONDITION_FAILED",
      })
      await store.appendToStreams(appends, { condition: { query: [{ tags: ["row:2"] }] } })
      assert.equal((await everything(store)).length, 3)
    })

    it("lets one of twenty win that race on the same condition", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("x"), notes(3))
      const condition = { query: [{ types: ["seat-taken"], tags: ["row:1"] }], after: await store.head() }
      const attempts = times(20, (index) =>
        store.append(notebook(`${index}`), [seat(["row:1", `${index}`])], { condition }),
      )
      const { won, refused } = await race(attempts, "CONDITION_FAILED")
      assert.deepEqual([won.length, refused], [1, 19])
      assert.equal((await store.readAll({ tags: ["row:1"] }).toArray()).length, 1)
    })

    it("lets all of twenty win that have nothing to do with each other", async () => {
      await using subject = await create()
      const { store } = subject
      const after = await store.head()
      const attempts = times(20, (index) =>
        store.append(notebook(`${index}`), [seat([`row:${index}`])], {
          condition: { query: [{ types: ["seat-taken"], tags: [`row:${index}`] }], after },
        }),
      )
      assert.equal((await race(attempts, "nothing is refused")).won.length, 20)
    })

    it("never books a seat twice, whoever decides from what", async () => {
      await using subject = await create()
      const { store } = subject
      const book = async (guest: number) => {
        for (let row = 0; row < 4; ) {
          const query = [{ types: ["seat-taken"], tags: [`row:${row}`] }]
          const after = await store.head()
          const taken = await store.readAll({ query, until: after }).toArray()
          if (taken.length > 0) row++
          else {
            const { won } = await race(
              [
                () =>
                  store.append(notebook(`guest-${guest}`), [seat([`row:${row}`])], {
                    condition: { query, after },
                  }),
              ],
              "CONDITION_FAILED",
            )
            if (won.length > 0) return
          }
        }
      }
      await together(12, book)
      const rows = (await store.readAll({ types: ["seat-taken"] }).toArray()).map((event) => event.tags[0])
      assert.deepEqual(rows.toSorted(), ["row:0", "row:1", "row:2", "row:3"])
    })

    for (const condition of [
      null,
      "row:1",
      {},
      { query: "row:1" },
      { query: [null] },
      { query: [{ tags: [] }] },
    ]) {
      it(`refuses ${JSON.stringify(condition)} as a condition, rather than guess`, async () => {
        await using subject = await create()
        const append = subject.store.append(notebook("a"), notes(1), { condition: condition as never })
        await assert.rejects(append, { code: "INVALID_OPTION" })
        assert.deepEqual(await everything(subject.store), [])
      })
    }

    for (const after of [-1, 0.5, Number.NaN, 2 ** 53, "1"]) {
      it(`refuses ${JSON.stringify(after)} (${typeof after}) as the position of a condition`, async () => {
        await using subject = await create()
        const condition = { query: [{ tags: ["row:1"] }], after: after as number }
        await assert.rejects(subject.store.append(notebook("a"), notes(1), { condition }), {
          code: "INVALID_OPTION",
        })
      })
    }
  })
}
