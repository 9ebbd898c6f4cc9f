import { asContestants } from "../../harness/as-contestants.ts"
import type { Contestant, Contestants } from "../../harness/scenario.ts"
import { createDatabase, type Database } from "./create-database.ts"
import type { Open } from "./ledgers/ledger.ts"

/** Gives each contestant a new database, and measures what `prepare` returns. */
export async function databaseContestants<Kind extends AsyncDisposable>(
  open: Readonly<Record<string, Open<Kind>>>,
  prepare: (contestant: Kind, url: string) => Promise<() => Promise<number>>,
): Promise<Contestants> {
  const names = Object.keys(open)
  // What is there already goes when one can't be prepared.
  await using created = new AsyncDisposableStack()
  const databases = await Promise.all(names.map(async (name) => created.use(await createDatabase(name))))
  const contestants = new Map<string, Contestant>()
  for (const [index, name] of names.entries()) {
    contestants.set(
      name,
      await databaseContestant(databases[index] as Database, open[name] as Open<Kind>, prepare),
    )
  }
  created.move()
  return asContestants(contestants)
}

/** A contestant whose database goes when it goes. */
async function databaseContestant<Kind extends AsyncDisposable>(
  database: Database,
  open: Open<Kind>,
  prepare: (contestant: Kind, url: string) => Promise<() => Promise<number>>,
): Promise<Contestant> {
  await using opened = new AsyncDisposableStack()
  const contestant = opened.use(await open(database.url))
  const round = await prepare(contestant, database.url)
  opened.move()
  return {
    round,
    [Symbol.asyncDispose]: async () => {
      await contestant[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}
