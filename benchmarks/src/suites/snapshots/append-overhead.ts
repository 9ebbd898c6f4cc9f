import { createRepository, type EventStore, type SnapshotLoading } from "@annals/core"
import { createSnapshots, everyEvents, type SnapshotOptions } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import type { Bench, Contestant, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { account } from "../deposits/annals-account.ts"
import type { Balance } from "../deposits/balance.ts"
import { depositOf } from "../deposits/deposit.ts"
import type { SnapshotsParameters } from "./snapshots-parameters.ts"

const eventsPerSnapshot = 100

/** Saves of one event each, one after the other, of an aggregate that stays loaded. What waits in the background is written within the turn. */
export function appendOverhead(
  name: string,
  take: NonNullable<SnapshotOptions<Balance>["take"]>,
): Scenario<SnapshotsParameters> {
  return {
    name,
    unit: "events/s",
    better: "higher",
    goals: [{ ratioTo: "without", atLeast: 0.95 }],
    rounds: ({ appendRounds }) => appendRounds,
    warmUps: ({ appendWarmUps }) => appendWarmUps,
    prepare: async (bench) => ({
      ours: withSnapshots(bench, take),
      peers: { without: withoutSnapshots(bench) },
    }),
  }
}

function withSnapshots(
  { parameters: { saves }, newPath }: Bench<SnapshotsParameters>,
  take: NonNullable<SnapshotOptions<Balance>["take"]>,
): Contestant {
  const store = createSqliteStore({ file: newPath("with.db") })
  const snapshots = createSnapshots(store, account, { policy: everyEvents(eventsPerSnapshot), take })
  const save = saver(store, snapshots)
  return {
    async round() {
      const { taken } = snapshots.status()
      const rate = await perSecond(saves, async () => {
        await save(saves)
        await snapshots.drain()
      })
      const missing = saves / eventsPerSnapshot - (snapshots.status().taken - taken)
      if (missing > 0) throw new Error(`${missing} snapshots are missing`)
      return rate
    },
    async [Symbol.asyncDispose]() {
      await snapshots.close()
      await store.close()
    },
  }
}

function withoutSnapshots({ parameters: { saves }, newPath }: Bench<SnapshotsParameters>): Contestant {
  const store = createSqliteStore({ file: newPath("without.db") })
  const save = saver(store)
  return { round: () => perSecond(saves, () => save(saves)), [Symbol.asyncDispose]: () => store.close() }
}

/** Saves so many events of one account. */
function saver(store: EventStore, snapshots?: SnapshotLoading<Balance>): (saves: number) => Promise<void> {
  const repository = createRepository(store, account, snapshots ? { snapshots } : {})
  const root = repository.create("alice")
  let next = 0
  return async (saves) => {
    for (let index = 0; index < saves; index++) {
      root.execute("deposit", depositOf(next++, "alice"))
      await repository.save(root)
    }
  }
}
