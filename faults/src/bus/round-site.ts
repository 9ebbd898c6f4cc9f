import { join } from "node:path"
import type { EventBus } from "@annals/core"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import type { BrokerServer } from "./broker-server.ts"
import { addPoison, createTables, repair } from "./effects.ts"
import { type BusLocation, openBus } from "./open-bus.ts"
import type { Poison } from "./round-plan.ts"

/** Where the events of a round travel, and where their effects are kept. */
export interface RoundSite extends AsyncDisposable {
  readonly location: BusLocation
  /** Holds inboxes, dead letters and effects. */
  readonly file: string
  /** For whoever takes no part. */
  readonly bus: EventBus
  readonly store: SqliteStore
  addPoison(poison: readonly Poison[]): Promise<void>
  repair(): Promise<void>
  killBroker(): Promise<void>
}

/** A topic of its own, and a file in the folder. */
export async function openRoundSite(
  location: BusLocation,
  folder: string,
  server: Pick<BrokerServer, "killAndRestart">,
): Promise<RoundSite> {
  await using opening = new AsyncDisposableStack()
  const file = join(folder, `${location.topic}.db`)
  const store = opening.use(createSqliteStore({ file, durability: "off" }))
  await store.transaction(({ tx }) => createTables(tx))
  const bus = opening.use(await openBus(location))
  const open = opening.move()
  return {
    location,
    file,
    bus,
    store,
    addPoison: (poison) => store.transaction(({ tx }) => addPoison(tx, poison)),
    repair: () => store.transaction(({ tx }) => repair(tx)),
    killBroker: () => server.killAndRestart(),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
