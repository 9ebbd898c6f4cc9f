import assert from "node:assert/strict"
import { createMemoryStore, type EventStore, streamId, subscribeWithInbox } from "@annals/core"
import { createFakeClock } from "../../time/fake-clock.ts"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, nameOf, quickly, until } from "./received.ts"

const effects = streamId("effects", "1")

/** What a handler writes through its unit of work happens once, however often an event is delivered. */
export function inbox({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a consumer with an inbox", () => {
    for (const order of ["stream", "none"] as const) {
      it(`takes what is delivered again only once, also after a failure, in order "${order}"`, async () => {
        await using subject = await create()
        await using store = createMemoryStore()
        let failures = 0
        const consumer = await subscribeWithInbox(subject.bus, {
          group: anyGroup(),
          source: "shop",
          store,
          order,
          retry: quickly,
          handler: async (event, { unitOfWork, attempt, group }) => {
            assert.equal(group, consumer.group)
            await unitOfWork.events.append(effects, [{ type: "effect", data: nameOf(event) }])
            if (nameOf(event) !== "b1" || attempt > 1) return
            failures++
            throw new Error("after it wrote")
          },
        })
        const events = eventsNamed("a1", "b1", "a2", "c1")
        await subject.bus.publish(events)
        await subject.bus.publish(events)
        await until(async () => (await consumer.lag()) === 0)
        assert.deepEqual((await effectsOf(store)).toSorted(), ["a1", "a2", "b1", "c1"])
        assert.ok(failures > 0)
        // What was parked or removed by hand comes later: whatever is older than the last one taken has been taken.
        if (order === "stream") await subject.bus.publish([eventNamed("a1"), eventNamed("a3")])
        else await subject.bus.publish([eventNamed("a1"), ...events])
        const expected = order === "stream" ? ["a1", "a2", "a3"] : ["a1", "a1", "a2"]
        await until(async () => (await consumer.lag()) === 0)
        const ofA = (await effectsOf(store)).filter((name) => name.startsWith("a"))
        assert.deepEqual(ofA.toSorted(), expected)
      })
    }

    it("keeps groups and tenants apart", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const consumers = await Promise.all(
        [anyGroup(), anyGroup()].map((group) =>
          subscribeWithInbox(subject.bus, {
            group,
            source: "shop",
            store,
            handler: async ({ tenant }, { unitOfWork }) => {
              await unitOfWork.events.append(effects, [{ type: "effect", data: `of ${tenant}` }])
            },
          }),
        ),
      )
      await subject.bus.publish([eventNamed("a1", { tenant: "red" }), eventNamed("a1", { tenant: "blue" })])
      for (const consumer of consumers) await until(() => consumer.status().handled === 2)
      assert.deepEqual((await effectsOf(store)).toSorted(), ["of blue", "of blue", "of red", "of red"])
    })

    it('remembers ids for as long as it is told, in order "none"', async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const clock = createFakeClock()
      const consumer = await subscribeWithInbox(subject.bus, {
        group: anyGroup(),
        source: "shop",
        store,
        order: "none",
        clock,
        retentionMs: 1_000,
        handler: async (event, { unitOfWork }) => {
          await unitOfWork.events.append(effects, [{ type: "effect", data: nameOf(event) }])
        },
      })
      const event = eventNamed("a1")
      for (const passedMs of [0, 999, 1]) {
        await clock.advance(passedMs)
        await store.inbox.purge(clock.now())
        await subject.bus.publish([event])
        await until(async () => (await consumer.lag()) === 0)
      }
      assert.deepEqual(await effectsOf(store), ["a1", "a1"])
    })

    it("parks in its store, unless it is told another place, and refuses wrong options", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const options = { group: anyGroup(), source: "shop", store, handler: () => {} }
      for (const [path, changes] of [
        ["store", { store: {} }],
        ["retentionMs", { retentionMs: 0 }],
        ["handler", { handler: undefined }],
        ["maxInFlight", { maxInFlight: 0 }],
      ] as const) {
        const given = { ...options, ...changes } as never
        await assert.rejects(async () => subscribeWithInbox(subject.bus, given), {
          code: "INVALID_OPTION",
          path,
        })
      }
      await assert.rejects(async () => subscribeWithInbox(subject.bus, { ...options, source: "" }), {
        code: "INVALID_NAME",
        path: "source",
      })
      const consumer = await subscribeWithInbox(subject.bus, {
        ...options,
        retry: { attempts: 1 },
        handler: () => {
          throw new Error("never")
        },
      })
      await subject.bus.publish([eventNamed("a1")])
      await until(async () => (await store.deadLetters.list()).length === 1)
      assert.equal((await consumer.deadLetters.list()).length, 1)
    })
  })
}

async function effectsOf(store: Pick<EventStore, "readAll">): Promise<string[]> {
  return (await store.readAll().toArray()).map(({ data }) => data as string)
}
