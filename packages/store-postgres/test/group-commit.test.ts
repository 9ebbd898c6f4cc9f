import { randomUUID } from "node:crypto"
import { slotOf } from "@annals/core"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import { describe, expect, it } from "vitest"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const event = { type: "opened", data: null }
const numbered = (data: number) => ({ type: "counted", data })

function account(id: string) {
  return { category: "account", id }
}

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)

    /** A store with an append under way, behind which the next ones gather. */
    async function openBusy(): Promise<{ store: PostgresStore; leader: Promise<unknown> }> {
      const store = database.open()
      await store.migrate()
      return { store, leader: store.append({ category: "leader", id: randomUUID() }, [event]) }
    }

    /** How many events each transaction recorded, without the leader's. */
    async function transactions(): Promise<number[]> {
      const rows = await database.query(
        `SELECT count(*)::int AS events FROM ${database.schema}.events WHERE category <> 'leader'
          GROUP BY xmin ORDER BY min(position)`,
      )
      return rows.map(({ events }) => events as number)
    }

    describe("appends that arrive together", () => {
      it("commit together, behind the one that was first", async () => {
        const { store, leader } = await openBusy()
        await Promise.all(Array.from({ length: 50 }, (_, id) => store.append(account(`${id}`), [event])))
        await leader
        expect(await transactions()).toEqual([50])
      })

      it("travel in groups of a bounded number, and of a bounded size", async () => {
        const { store } = await openBusy()
        const many = Array.from({ length: 600 }, (_, id) => store.append(account(`${id % 50}`), [event]))
        const large = { type: "large", data: "x".repeat(1_500_000) }
        many.push(...Array.from({ length: 6 }, (_, id) => store.append(account(`large ${id}`), [large])))
        await Promise.all(many)
        const sizes = await transactions()
        expect(sizes.reduce((sum, size) => sum + size)).toBe(606)
        expect(Math.max(...sizes)).toBe(250)
        const [row] = await database.query(
          `SELECT max(bytes)::int AS bytes FROM
            (SELECT sum(length(body)) AS bytes FROM ${database.schema}.events GROUP BY xmin) sums`,
        )
        expect(row?.bytes).toBeLessThan(4.5 * 1024 * 1024)
      })

      it("get positions in the order of the calls", async () => {
        const { store } = await openBusy()
        const results = await Promise.all(
          Array.from({ length: 60 }, (_, index) =>
            index % 7 === 3
              ? store.appendToStreams([
                  { stream: account(`${index}`), events: [event, event] },
                  { stream: account("shared"), events: [event] },
                ])
              : store.append(account(`${index % 4}`), Array(1 + (index % 3)).fill(event)),
          ),
        )
        const positions = results.flatMap((result) => [...result.positions])
        expect(positions).toEqual(positions.toSorted((left, right) => left - right))
        expect(await transactions()).toEqual([positions.length])
      })

      it("each have their own outcome", async () => {
        const known = randomUUID()
        const preparing = database.open()
        await preparing.append(account("repeated"), [{ ...event, id: known }])
        await preparing.append(account("matched"), [{ type: "closed", data: null, tags: ["a"] }])
        const { store } = await openBusy()
        const alice = account("alice")
        const outcomes = await Promise.allSettled([
          store.append(alice, [event], { expected: "no-stream" }),
          store.append(alice, [event], { expected: "no-stream" }),
          store.append(account("repeated"), [{ ...event, id: known }], { expected: 17 }),
          store.append(alice, [{ ...event, id: known }]),
          store.append(alice, [event], { expected: 1 }),
          store.append(account("bob"), [event], { condition: { query: [{ tags: ["a"] }] } }),
          store.append(account("bob"), [event], { condition: { query: [{ tags: ["b"] }] } }),
          store.append(account("none"), [event], { expected: "stream-exists" }),
          store.append(alice, [event], { expected: "stream-exists" }),
        ])
        const told = outcomes.map((outcome) =>
          outcome.status === "fulfilled"
            ? [outcome.value.version, outcome.value.repeated]
            : [outcome.reason.code, outcome.reason.actual],
        )
        expect(told).toEqual([
          [1, false],
          ["VERSION_CONFLICT", 1],
          [1, true],
          ["EVENT_ID_REUSED", undefined],
          [2, false],
          ["CONDITION_FAILED", undefined],
          [1, false],
          ["VERSION_CONFLICT", 0],
          [3, false],
        ])
      })

      it("draw no positions for what is refused", async () => {
        const { store } = await openBusy()
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, () =>
            store.append(account("alice"), [event], { expected: "no-stream" }),
          ),
        )
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
        expect(await store.append(account("bob"), [event])).toMatchObject({ position: 3 })
      })

      it("count each other for their conditions", async () => {
        const { store } = await openBusy()
        const condition = { query: [{ types: ["opened"], tags: ["seat:1"] }] }
        const taking = { ...event, tags: ["seat:1", "row:1"] }
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, (_, id) => store.append(account(`${id}`), [taking], { condition })),
        )
        expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", ...Array(9).fill("rejected")])
        expect(await store.readAll({ tags: ["seat:1"] }).toArray()).toHaveLength(1)
      })
    })

    describe("a member that the server refuses", () => {
      it("takes no other with it, and is no conflict", async () => {
        const { store } = await openBusy()
        const { schema } = database
        await database.query(
          `ALTER TABLE ${schema}.events ADD CONSTRAINT healthy CHECK (type <> 'poison' AND body <> '"poison"') NOT VALID`,
        )
        const results = await Promise.allSettled(
          Array.from({ length: 12 }, (_, index) => {
            const poison = { type: index === 3 ? "poison" : "counted", data: "poison" }
            return store.append(account(`${index % 2}`), [index % 4 === 3 ? poison : numbered(index)])
          }),
        )
        for (const [index, result] of results.entries()) {
          if (index % 4 === 3)
            expect(result).toMatchObject({ reason: { code: "STORE_FAILED", retryable: false } })
          else expect(result.status).toBe("fulfilled")
        }
        const told = await store.readStream(account("0")).toArray()
        expect(told.map(({ data }) => data)).toEqual([0, 2, 4, 6, 8, 10])
        expect((await store.readStream(account("1")).toArray()).map(({ data }) => data)).toEqual([1, 5, 9])
      })

      it("doesn't either when two were given the same new id", async () => {
        const ids = Array.from({ length: 6 }, () => randomUUID())
        const given = [ids[0], ids[1], ids[2], ids[1], ids[3]] as string[]
        const store = database.open({ generateId: () => given.shift() as string })
        await store.migrate()
        const results = await Promise.allSettled(
          ["leader", "a", "b", "c", "d"].map((id) => store.append(account(id), [event])),
        )
        // Each of the two is tried again alone, and either may be first.
        const [one, other] = [results.splice(3, 1)[0], results.splice(1, 1)[0]]
        expect(results.map(({ status }) => status)).toEqual(Array(3).fill("fulfilled"))
        const loser = one?.status === "rejected" ? one : other
        expect([one?.status, other?.status].sort()).toEqual(["fulfilled", "rejected"])
        expect(loser).toMatchObject({ reason: { code: "EVENT_ID_REUSED", eventId: ids[1] } })
      })
    })

    describe("a foreign transaction that holds a stream", () => {
      it.each([
        ["that is there", true],
        ["that it is just creating", false],
      ])("delays what goes to it, in order, and nothing else: one %s", async (_which, exists) => {
        const { store, leader } = await openBusy()
        await leader
        const held = account("held")
        const free = streamsOfOtherSlots("held", 12)
        if (exists) await store.append(held, [numbered(0)])
        const tx = await database.begin()
        await database
          .open()
          .within(tx)
          .events.append(held, [numbered(1)])
        const order: string[] = []
        const note = (name: string, append: Promise<unknown>) => append.then(() => order.push(name))
        const appendAll = (from: number) => [
          note("free", store.append(free[from] ?? held, [event])),
          note(`held ${from}`, store.append(held, [numbered(2 + from)])),
          note("free", store.append(free[from + 1] ?? held, [event])),
          note(
            `both ${from}`,
            store.appendToStreams([
              { stream: free[from + 2] ?? held, events: [event] },
              { stream: held, events: [numbered(3 + from)] },
            ]),
          ),
          // Behind the one before, which waits for the held stream.
          note(`after ${from}`, store.append(free[from + 2] ?? held, [event])),
          note("free", store.append(free[from + 3] ?? held, [event])),
        ]
        const first = appendAll(0)
        await Promise.all([first[0], first[2], first[5]])
        await database.untilWaiting(1)
        const second = appendAll(4)
        await Promise.all([second[0], second[2], second[5]])
        expect(order).toEqual(Array(6).fill("free"))
        expect(await store.streamVersion(held)).toBe(exists ? 1 : 0)
        await tx.query("COMMIT")
        await Promise.all([...first, ...second])
        const data = (await store.readStream(held).toArray()).map((recorded) => recorded.data)
        expect(data).toEqual(exists ? [0, 1, 2, 3, 6, 7] : [1, 2, 3, 6, 7])
        expect(order.slice(6).filter((name) => /held|both/.test(name))).toEqual([
          "held 0",
          "both 0",
          "held 4",
          "both 4",
        ])
        for (const at of [2, 6]) {
          const [both, after] = await store.readStream(free[at] ?? held).toArray()
          expect(both?.position).toBeLessThan(after?.position ?? 0)
        }
      })

      it("gives its stream to those who wait when it rolls back", async () => {
        const { store, leader } = await openBusy()
        await leader
        const tx = await database.begin()
        await store.within(tx).events.append(account("held"), [numbered(1)])
        const waiting = [2, 3, 4].map((data) =>
          store.append(account("held"), [numbered(data)], {
            expected: data - 2 === 0 ? "no-stream" : data - 2,
          }),
        )
        await database.untilWaiting(1)
        await tx.query("ROLLBACK")
        expect((await Promise.all(waiting)).map(({ version }) => version)).toEqual([1, 2, 3])
      })

      it("leaves connections for everything else, however many wait for it", async () => {
        const { store, leader } = await openBusy()
        await leader
        const tx = await database.begin()
        const held = Array.from({ length: 15 }, (_, index) => account(`held ${index}`))
        for (const stream of held) await store.within(tx).events.append(stream, [numbered(1)])
        const waiting = held.map((stream) => store.append(stream, [numbered(2)]))
        await database.untilWaiting(8)
        expect(await store.streamVersion(account("free"))).toBe(0)
        expect((await store.append(account("free"), [numbered(1)])).version).toBe(1)
        await tx.query("COMMIT")
        expect((await Promise.all(waiting)).map(({ version }) => version)).toEqual(held.map(() => 2))
      })

      it("makes only that condition wait which its events may fail", async () => {
        const { store, leader } = await openBusy()
        await leader
        const head = await store.head()
        const tx = await database.begin()
        await store.within(tx).events.append(account("held"), [{ ...event, tags: ["seat:1"] }])
        const condition = { query: [{ types: ["opened"], tags: ["seat:1"] }], after: head }
        const [before, conditional, behind] = [
          store.append(account("free"), [event]),
          store.append(account("waiting"), [event], { condition }),
          store.append(account("free too"), [event]),
        ]
        // From the beginning: it may fail before the commit that fails it is heard of here.
        const failure = failureOf(conditional as Promise<unknown>)
        await before
        await behind
        await database.untilWaiting(1)
        await tx.query("COMMIT")
        expect(await failure).toMatchObject({
          code: "CONDITION_FAILED",
          position: 2,
        })
      })
    })

    it("records once what two programs append with the same ids at the same time", async () => {
      const stores = [database.open(), database.open()]
      await stores[0]?.migrate()
      for (let round = 0; round < 20; round++) {
        const events = [randomUUID(), randomUUID()].map((id) => ({ ...event, id }))
        const others = Array.from({ length: round % 3 }, (_, id) => account(`other ${id}`))
        const results = await Promise.all(
          stores.flatMap((store) => [
            ...others.map((stream) => store.append(stream, [event])),
            store.append(account("shared"), events),
          ]),
        )
        const shared = results.filter(({ eventIds }) => eventIds[0] === events[0]?.id)
        expect(shared.map(({ repeated }) => repeated).sort()).toEqual([false, true])
        expect(shared[0]?.positions).toEqual(shared[1]?.positions)
      }
      expect(await stores[0]?.streamVersion(account("shared"))).toBe(40)
    })
  })
}

function streamsOfOtherSlots(id: string, count: number) {
  const slot = (name: string) => slotOf({ tenant: "", category: "account", id: name })
  const taken = new Set([slot(id)])
  const streams: ReturnType<typeof account>[] = []
  for (let number = 0; streams.length < count; number++) {
    const name = `free ${number}`
    if (taken.has(slot(name))) continue
    taken.add(slot(name))
    streams.push(account(name))
  }
  return streams
}
