import { asContestants } from "../../harness/as-contestants.ts"
import type { Contestant, Contestants } from "../../harness/scenario.ts"
import { createDatabase, type Database } from "./create-database.ts"
import type { Open } from "./ledgers/ledger.ts"

/** What makes a contestant ready for its turns; `undefined`: it can't take part. */
type Prepare<Kind> = (
  contestant: Kind,
  url: string,
  name: string,
) => Promise<(() => Promise<number>) | undefined>

/** Gives each contestant a new database, and measures what `prepare` returns. */
export async function databaseContestants<Kind extends AsyncDisposable>(
  open: Readonly<Record<string, Open<Kind>>>,
  prepare: Prepare<Kind>,
): Promise<Contestants> {
  const names = Object.keys(open)
  // What is there already goes when one can't be prepared.
  await using created = new AsyncDisposableStack()
  const databases = await Promise.all(names.map(async (name) => created.use(await createDatabase(name))))
  const contestants = new Map<string, Contestant>()
  for (const [index, name] of names.entries()) {
    const contestant = await prepareOne(databases[index] as Database, name, open[name] as Open<Kind>, prepare)
    if (contestant) contestants.set(name, created.use(contestant))
  }
  created.move()
  return asContestants(contestants)
}

/** A contestant whose database goes when it goes. */
async function prepareOne<Kind extends AsyncDisposable>(
  database: Database,
  name: string,
  open: Open<Kind>,
  prepare: Prepare<Kind>,
): Promise<(Contestant & AsyncDisposable) | undefined> {
  await using all = new AsyncDisposableStack()
  all.use(database)
  const contestant = all.use(await open(database.url))
  const round = await prepare(contestant, database.url, name)
  if (round === undefined) return undefined
  const kept = all.move()
  return { round, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
