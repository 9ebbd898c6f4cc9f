import {
  createRepository,
  defineProjection,
  type MemoryStore,
  type Snapshot,
  type SnapshotKey,
  type SnapshotStore,
} from "@annals/core"
import {
  createFoldSnapshots,
  createSnapshots,
  everyEvents,
  never,
  type SnapshotOptions,
} from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { account, deposited } from "./account.ts"
import { openMeasuredStore } from "./snapshot-meters.ts"

const subject = { "annals.subject": "account" }
const alice: SnapshotKey = { kind: "stream", name: "account", id: "alice" }

const away = () => Promise.reject(new Error("the store of the snapshots is away"))
const failing: SnapshotStore = { load: away, save: away, prune: away }

type Options = SnapshotOptions<{ cents: number }>

/** Of an account with three deposits of 1 cent each. */
function snapshot(parts: Partial<Snapshot> & { readonly body?: string }): Snapshot {
  const { body = '{"cents":2}', ...given } = parts
  return { revision: 2, schemaVersion: 1, state: { encoding: "json", body }, takenAt: 0, ...given }
}

async function deposit(store: MemoryStore, id: string, times: number): Promise<void> {
  const accounts = createRepository(store, account)
  for (let time = 0; time < times; time++) await accounts.execute(id, "deposit", { cents: 1 })
}

describe("metrics of snapshots, each driven by its real caller", () => {
  const seen = new Set<string>()

  it("snapshots: what is taken, how long that takes, and loads that begin with one", async () => {
    await using scene = openMeasuredStore(seen)
    const { store } = scene
    const snapshots = scene.use(createSnapshots(store, account, { policy: everyEvents(2) }))
    const accounts = createRepository(store, account, { snapshots })
    for (const _ of [1, 2, 3]) await accounts.execute("alice", "deposit", { cents: 1 })
    expect((await accounts.load("alice")).state).toEqual({ cents: 3 })

    const readings = await scene.read()
    expect(readings.count("annals.snapshot.taken", subject)).toBe(1)
    expect(readings.histogram("annals.snapshot.duration", subject).count).toBe(1)
    expect(readings.histogram("annals.snapshot.duration", subject).sum).toBeGreaterThan(0)
    // The third command, and the load.
    expect(readings.count("annals.snapshot.hits", subject)).toBe(2)
  })

  const unusable: Readonly<Record<string, { readonly kept?: Snapshot; readonly options?: Options }>> = {
    missing: {},
    unreadable: { kept: snapshot({ body: '{"cents":' }) },
    "schema-version": { kept: snapshot({ schemaVersion: 7 }) },
    "restore-failed": {
      kept: snapshot({}),
      options: {
        form: {
          save: (state) => state,
          restore: () => {
            throw new Error("no")
          },
        },
      },
    },
    "store-failed": { options: { snapshotStore: failing } },
    differs: { kept: snapshot({ body: '{"cents":5}' }), options: { verifyShare: 1 } },
  }

  for (const [reason, { kept, options }] of Object.entries(unusable)) {
    it(`a snapshot that can't be used: ${reason}`, async () => {
      await using scene = openMeasuredStore(seen)
      const { store } = scene
      await deposit(store, "alice", 3)
      if (kept !== undefined) await store.snapshots.save(alice, kept)
      const snapshots = scene.use(createSnapshots(store, account, { policy: never(), ...options }))
      expect((await createRepository(store, account, { snapshots }).load("alice")).state).toEqual({
        cents: 3,
      })

      const { count } = await scene.read()
      expect(count("annals.snapshot.misses", { ...subject, "annals.snapshot.reason": reason })).toBe(1)
      expect(count("annals.snapshot.misses", subject)).toBe(1)
      expect(count("annals.snapshot.verified", subject)).toBe(reason === "differs" ? 1 : 0)
    })
  }

  it("snapshots that are right when compared", async () => {
    await using scene = openMeasuredStore(seen)
    const { store } = scene
    await deposit(store, "alice", 3)
    await store.snapshots.save(alice, snapshot({}))
    const snapshots = scene.use(createSnapshots(store, account, { verifyShare: 1 }))
    await createRepository(store, account, { snapshots }).load("alice")

    const { count } = await scene.read()
    expect(count("annals.snapshot.verified", subject)).toBe(1)
    expect(count("annals.snapshot.hits", subject)).toBe(1)
    expect(count("annals.snapshot.misses", subject)).toBe(0)
  })

  it("snapshots of a fold over the log", async () => {
    await using scene = openMeasuredStore(seen)
    const { store } = scene
    const deposits = defineProjection("deposits", {
      events: [deposited],
      initial: () => ({ cents: 0 }),
      on: { deposited: (state, { data }) => ({ cents: state.cents + data.cents }) },
    })
    const snapshots = createFoldSnapshots(store, deposits, { policy: everyEvents(1) })
    await deposit(store, "alice", 3)
    for (const _ of [1, 2]) expect((await snapshots.read()).state).toEqual({ cents: 3 })

    const { count, histogram } = await scene.read()
    const fold = { "annals.subject": "deposits" }
    expect(count("annals.snapshot.misses", { ...fold, "annals.snapshot.reason": "missing" })).toBe(1)
    expect(count("annals.snapshot.taken", fold)).toBe(1)
    expect(count("annals.snapshot.hits", fold)).toBe(1)
    expect(histogram("annals.snapshot.duration", fold).count).toBe(1)
  })

  it("snapshots that can't be written", async () => {
    await using scene = openMeasuredStore(seen)
    const { store } = scene
    const options = { policy: everyEvents(1), snapshotStore: failing }
    const snapshots = scene.use(createSnapshots(store, account, options))
    await createRepository(store, account, { snapshots }).execute("alice", "deposit", { cents: 1 })

    const { count } = await scene.read()
    expect(count("annals.snapshot.failures", subject)).toBe(1)
    expect(count("annals.snapshot.taken", subject)).toBe(0)
  })

  it("snapshots that find no room in the background", async () => {
    await using scene = openMeasuredStore(seen)
    const { store } = scene
    const gate = Promise.withResolvers<void>()
    const slow: SnapshotStore = {
      load: (key, atMost) => store.snapshots.load(key, atMost),
      save: (key, kept) => gate.promise.then(() => store.snapshots.save(key, kept)),
      prune: (key, keepLast) => store.snapshots.prune(key, keepLast),
    }
    const options: Options = {
      policy: everyEvents(1),
      take: "background",
      maxWaiting: 1,
      snapshotStore: slow,
    }
    const snapshots = scene.use(createSnapshots(store, account, options))
    const accounts = createRepository(store, account, { snapshots })
    for (const id of ["a", "b", "c", "d"]) await accounts.execute(id, "deposit", { cents: 1 })
    const { dropped } = snapshots.status()
    gate.resolve()
    await snapshots.drain()

    const { count } = await scene.read()
    expect(dropped).toBeGreaterThanOrEqual(2)
    expect(count("annals.snapshot.dropped", subject)).toBe(dropped)
    expect(count("annals.snapshot.taken", subject)).toBe(4 - dropped)
  })

  it("are none of them always 0", () => {
    const names = ["dropped", "duration", "failures", "hits", "misses", "taken", "verified"]
    expect([...seen].filter((name) => name.startsWith("annals.snapshot.")).sort()).toEqual(
      names.map((name) => `annals.snapshot.${name}`),
    )
  })
})
