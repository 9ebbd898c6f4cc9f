import { createRepository } from "@annals/core"
import { createSnapshots } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import type { Bench } from "../../harness/scenario.ts"
import { account } from "../deposits/annals-account.ts"
import { depositOf } from "../deposits/deposit.ts"
import { requireDeposits } from "../deposits/require-deposits.ts"
import { fillAccount } from "../sqlite/fill-ledger.ts"
import { createAnnalsLedger } from "../sqlite/ledgers/annals-ledger.ts"
import type { SnapshotsParameters } from "./snapshots-parameters.ts"

const id = "alice"

/** A long stream with a snapshot and some later events, and how to load it. */
export interface SnapshottedAccount extends AsyncDisposable {
  /** Its newest state, through the snapshot. */
  load(): Promise<void>
  /** Its newest state, from the first event on. */
  replay(): Promise<void>
}

/** Fills a new file: so many events, a snapshot, and then the later events that parameters say. */
export async function createSnapshottedAccount(
  bench: Bench<SnapshotsParameters>,
  events: number,
): Promise<SnapshottedAccount> {
  const file = bench.newPath("account.db")
  await fill(file, events, bench.parameters)
  return openAccount(file, events + bench.parameters.laterEvents)
}

async function fill(file: string, events: number, parameters: SnapshotsParameters): Promise<void> {
  await using ledger = await createAnnalsLedger(file)
  await fillAccount(ledger, id, events, parameters)
  await using store = createSqliteStore({ file })
  await using snapshots = createSnapshots(store, account)
  if (!(await snapshots.take(id))) throw new Error("no snapshot was taken")
  const later = Array.from({ length: parameters.laterEvents }, (_, index) => depositOf(events + index, id))
  await ledger.append(id, later, events)
}

/** Opens a file that another store filled: nothing is known of it beforehand. */
function openAccount(file: string, events: number): SnapshottedAccount {
  const store = createSqliteStore({ file })
  const snapshots = createSnapshots(store, account)
  const through = createRepository(store, account, { snapshots })
  const without = createRepository(store, account)
  return {
    async load() {
      const { hits } = snapshots.status()
      requireDeposits((await through.load(id)).state, events)
      if (snapshots.status().hits !== hits + 1) throw new Error("a load went past the snapshot")
    },
    replay: async () => requireDeposits((await without.load(id)).state, events),
    async [Symbol.asyncDispose]() {
      await snapshots.close()
      await store.close()
    },
  }
}
