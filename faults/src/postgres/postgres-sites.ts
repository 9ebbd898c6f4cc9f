import { readOutcome } from "../stores/read-outcome.ts"
import { polledTwice, type ReaderProcess } from "../stores/reader-process.ts"
import type { RoundPlan } from "../stores/round-plan.ts"
import type { Site, SiteServer, Sites } from "../stores/site.ts"
import type { WriterProcess } from "../stores/writer-process.ts"
import { accessPostgres, type PostgresLocation } from "./access-postgres.ts"
import { ask } from "./ask.ts"
import {
  HangingCommits,
  terminateBackend,
  terminateBackends,
  untilCommitHangs,
  untilGone,
} from "./backends.ts"
import { BreakingWire } from "./breaking-wire.ts"
import { Bystander } from "./bystander.ts"
import { type PostgresServer, startPostgresServer } from "./postgres-server.ts"

const otherDatabase = "something_else"

/** How long a store tries by itself. Longer than a server takes to start, so that most of its callers never see it go. */
const retryForMs = 10_000

/** A server of their own; each round has a schema of its own in one database. */
export async function openPostgresSites(folder: string): Promise<Sites> {
  return sitesOn(await startPostgresServer(folder))
}

/** On a server that was just started; it ends with them. */
export async function sitesOn(server: PostgresServer): Promise<Sites> {
  await ask(server.url, `CREATE DATABASE ${otherDatabase}`)
  return {
    create: (round, plan) => openSite(server, `round_${round}`, plan),
    keep: () => server.keep(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function openSite(server: PostgresServer, schema: string, plan: RoundPlan): Promise<Site> {
  await using opening = new AsyncDisposableStack()
  const bystanders = [server.url, withDatabase(server.url, otherDatabase)].map((url) =>
    opening.use(new Bystander(url)),
  )
  await beginAll(bystanders)
  opening.use(new HangingCommits(server.url))
  const impatient = new Set([plan.writers[1]?.name, plan.readers[1]?.name])
  const wires = new Map<string, BreakingWire>()
  for (const { name, faults } of plan.writers) {
    if (faults.some(({ kind }) => kind === "lose-answer"))
      wires.set(name, opening.use(await BreakingWire.open(server.url)))
  }
  const location = (process: string): PostgresLocation => {
    const url = new URL(server.url)
    const wire = wires.get(process)
    if (wire !== undefined) url.port = `${wire.port}`
    url.searchParams.set("application_name", connectionName(schema, process))
    return { connectionString: url.href, schema, retryForMs: impatient.has(process) ? 0 : retryForMs }
  }
  const open = opening.move()
  return {
    locationFor: location,
    othersWentOn,
    server: siteServer(server, schema, bystanders, wires),
    settled: () =>
      untilGone(
        server.url,
        plan.writers.map(({ name }) => connectionName(schema, name)),
      ),
    readOutcome: async () => {
      await using store = accessPostgres.open(location("outcome"))
      return await readOutcome(store)
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function siteServer(
  server: PostgresServer,
  schema: string,
  bystanders: readonly Bystander[],
  wires: ReadonlyMap<string, BreakingWire>,
): SiteServer {
  const { url } = server
  const kill = () => server.killAndRestart(() => beginAll(bystanders))
  return {
    terminate: (writer) => terminateBackends(url, connectionName(schema, writer)),
    async strike(kind, connection) {
      switch (kind) {
        case "terminate-in-transaction":
          return terminateBackend(url, connection)
        case "terminate-at-commit":
          await untilCommitHangs(url, connection)
          return terminateBackend(url, connection)
        case "kill-server-in-transaction":
          return kill()
        case "kill-server-at-commit":
          await untilCommitHangs(url, connection)
          return kill()
        default:
          return kind satisfies never
      }
    },
    loseAnswer: async (writer, operation) => wires.get(writer)?.breakUnderAnswer(markOf(operation)),
    strikeAll: kill,
  }
}

/** Every event of an operation says whose it is. */
function markOf(operation: string): string {
  return `${operation}@`
}

/** Shown by the server for each connection. */
function connectionName(schema: string, process: string): string {
  return `annals-faults ${schema} ${process}`
}

function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

async function beginAll(bystanders: readonly Bystander[]): Promise<void> {
  await Promise.all(bystanders.map((bystander) => bystander.begin()))
}

/**
 * The others settle something that comes after what the stopped writer holds, or all that they have, and so does whoever began because of that; and
 * then every reader comes to the end: what it sees there, and what it must not go past, is the same for all.
 */
function othersWentOn(
  stopped: WriterProcess,
  writers: readonly WriterProcess[],
  readers: readonly ReaderProcess[],
): () => boolean {
  const others = writers.filter((writer) => writer !== stopped)
  const waitedForIt = others.filter((writer) => writer.startsAtStopOf(stopped))
  const settled = () => others.reduce((sum, writer) => sum + writer.settled, 0)
  const before = settled()
  const wentOn = () =>
    (settled() >= before + 5 || others.every((writer) => writer.done || writer.holding)) &&
    waitedForIt.every((writer) => writer.done || writer.settled >= 3)
  let polled: (() => boolean) | undefined
  return () => {
    if (wentOn()) polled ??= polledTwice(readers)
    return polled?.() ?? false
  }
}
