import { randomUUID } from "node:crypto"
import type { PlainBus } from "../../bare/plain-bus.ts"
import type { Contestant, Contestants } from "../../harness/scenario.ts"

/** Opens a bus that is shared with nobody; disposing of it removes what it made in the broker. */
export type OpenBus = (topic: string) => Promise<PlainBus>

/** Who takes part: Annals' bus and the one written by hand. */
export interface Buses {
  readonly ours: OpenBus
  readonly bare: OpenBus
}

/** What a contestant does in a turn, and what it needs to let go of afterwards. */
export interface Turn extends Partial<AsyncDisposable> {
  round(): Promise<number | readonly number[]>
}

/** Gives each contestant a bus of its own. */
export async function busContestants(
  { ours, bare }: Buses,
  prepare: (bus: PlainBus) => Promise<Turn>,
): Promise<Contestants> {
  await using opened = new AsyncDisposableStack()
  // Side by side: whoever joins a group waits for it.
  const [oursOpened, bareOpened] = await Promise.allSettled([
    contestantOf(ours, prepare).then((contestant) => opened.use(contestant)),
    contestantOf(bare, prepare).then((contestant) => opened.use(contestant)),
  ])
  if (oursOpened.status === "rejected") throw oursOpened.reason
  if (bareOpened.status === "rejected") throw bareOpened.reason
  opened.move()
  return { ours: oursOpened.value, bare: bareOpened.value }
}

async function contestantOf(
  open: OpenBus,
  prepare: (bus: PlainBus) => Promise<Turn>,
): Promise<Contestant & AsyncDisposable> {
  await using all = new AsyncDisposableStack()
  const bus = all.use(await open(`bench-${randomUUID()}`))
  const turn = await prepare(bus)
  all.defer(() => turn[Symbol.asyncDispose]?.() as Promise<void>)
  const kept = all.move()
  return { round: () => turn.round(), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
