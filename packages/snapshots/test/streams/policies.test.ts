import { createMemoryStore, createRepository } from "@annals/core"
import {
  afterReplaying,
  afterTime,
  anyOf,
  createSnapshots,
  everyEvents,
  never,
  type SnapshotMoment,
  type SnapshotPolicy,
} from "@annals/snapshots"
import { createFakeClock } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { memoryLog, revisionsOf } from "./stores.ts"
import { tally } from "./tallies.ts"

/** Adds so many events a save, and says of which versions there are snapshots. */
async function snapshotsAfter(policy: SnapshotPolicy, saves: readonly number[]): Promise<number[]> {
  const store = createMemoryStore()
  const snapshots = createSnapshots(store, tally, { policy, keepLast: "all" })
  const tallies = createRepository(store, tally, { snapshots })
  for (const count of saves) await tallies.execute("a", "add", Array(count).fill(1))
  return (await revisionsOf(store, "a")).reverse()
}

describe("everyEvents", () => {
  it("fires at each multiple", async () => {
    expect(await snapshotsAfter(everyEvents(3), [1, 1, 1, 1, 1, 1, 1])).toEqual([3, 6])
  })

  it("fires when a save of several events steps over the mark, once for several marks", async () => {
    expect(await snapshotsAfter(everyEvents(10), [9, 3, 7, 2, 24])).toEqual([12, 21, 45])
  })

  it("fires when events that came by other ways stepped over it unseen", async () => {
    const store = createMemoryStore()
    const snapshots = createSnapshots(store, tally, { policy: everyEvents(10) })
    await createRepository(store, tally).execute("a", "add", Array(12).fill(1))
    await createRepository(store, tally, { snapshots }).execute("a", "add", [1])
    expect(await revisionsOf(store, "a")).toEqual([13])
  })
})

describe("afterReplaying", () => {
  it("fires when a load would replay so many", async () => {
    expect(await snapshotsAfter(afterReplaying(4), [1, 2, 2, 3, 1])).toEqual([5, 9])
  })

  it("counts from the newest snapshot where an aggregate lives long", async () => {
    const store = createMemoryStore()
    const snapshots = createSnapshots(store, tally, { policy: afterReplaying(4), keepLast: "all" })
    const tallies = createRepository(store, tally, { snapshots })
    const one = await tallies.loadOrCreate("a")
    for (let saves = 0; saves < 10; saves++) {
      one.execute("add", [1])
      await tallies.save(one)
    }
    expect(await revisionsOf(store, "a")).toEqual([8, 4])
  })
})

describe("afterTime", () => {
  it("fires when the newest one is so old", async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock })
    const snapshots = createSnapshots(store, tally, {
      policy: afterTime({ ms: 1000, minToReplay: 2 }),
      keepLast: "all",
    })
    const tallies = createRepository(store, tally, { snapshots })
    const add = () => tallies.execute("a", "add", [1])
    await add()
    await add() // enough to replay, and there is none
    await clock.advance(999)
    await add()
    await add()
    await clock.advance(1)
    await add()
    expect(await revisionsOf(store, "a")).toEqual([5, 2])
  })

  it("isn't put out by a clock that goes back", () => {
    const policy = afterTime({ ms: 1000 })
    const moment = { toReplay: 3, newest: { revision: 1, takenAt: 50_000 }, now: 40_000 } as SnapshotMoment
    expect(policy(moment)).toBe(true)
  })
})

describe("other policies", () => {
  it("never and anyOf", async () => {
    expect(await snapshotsAfter(never(), Array(200).fill(1))).toEqual([])
    expect(await snapshotsAfter(anyOf(never(), everyEvents(4), everyEvents(6)), Array(12).fill(1))).toEqual([
      4, 6, 8, 12,
    ])
  })

  it("takes every hundredth without one", async () => {
    const store = createMemoryStore()
    const tallies = createRepository(store, tally, { snapshots: createSnapshots(store, tally) })
    for (let saves = 0; saves < 9; saves++) await tallies.execute("a", "add", Array(12).fill(1))
    expect(await revisionsOf(store, "a")).toEqual([108])
  })

  it("tells an own one what it needs", async () => {
    const clock = createFakeClock({ now: 7000 })
    const store = createMemoryStore({ clock })
    const moments: SnapshotMoment[] = []
    const policy: SnapshotPolicy = (moment) => moments.push(moment) === 2
    const tallies = createRepository(store, tally, { snapshots: createSnapshots(store, tally, { policy }) })
    await tallies.execute("a", "add", [1, 2])
    await tallies.execute("a", "add", [1])
    await clock.advance(5)
    await tallies.execute("a", "add", [1])
    const common = { kind: "stream" as const }
    expect(moments).toEqual([
      { ...common, fromRevision: 0, toRevision: 2, added: 2, toReplay: 2, newest: undefined, now: 7000 },
      { ...common, fromRevision: 2, toRevision: 3, added: 1, toReplay: 3, newest: undefined, now: 7000 },
      {
        ...common,
        fromRevision: 3,
        toRevision: 4,
        added: 1,
        toReplay: 1,
        newest: { revision: 3, takenAt: 7000 },
        now: 7005,
      },
    ])
  })

  it("takes one that throws for a no, and goes on", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const policy = () => {
      throw new Error("no idea")
    }
    for (const take of ["after", "transaction", "background"] as const) {
      const snapshots = createSnapshots(store, tally, { policy, take })
      await createRepository(store, tally, { snapshots }).execute(take, "add", [1])
      expect(snapshots.status()).toMatchObject({ taken: 0, failed: 0 })
    }
    expect(lines.map(({ message }) => message)).toEqual(Array(3).fill("the policy of snapshots failed"))
  })

  it("refuses what makes no sense", () => {
    for (const make of [
      () => everyEvents(0),
      () => everyEvents(1.5),
      () => afterReplaying(-1),
      () => afterTime({ ms: 0 }),
      () => afterTime({ ms: 5, minToReplay: 0 }),
      () => anyOf(),
      () => anyOf(undefined as never),
    ])
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }))
  })
})
