import { randomUUID } from "node:crypto"
import pg from "pg"
import type { Sample } from "./read-samples.ts"

/** Whether a sample needs a PostgreSQL server. It finds its database in the environment, as `DATABASE_URL`. */
export function needsPostgres({ parts }: Sample): boolean {
  return parts.some(({ code }) => code.includes('from "@annals/store-postgres"'))
}

/** Lends a sample an empty database of its own, which is dropped afterwards, whatever it left in it. */
export async function withSampleDatabase<Result>(
  serverUrl: string,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const name = `annals_docs_${randomUUID().replaceAll("-", "")}`
  await onServer(serverUrl, `CREATE DATABASE ${name}`)
  try {
    const url = new URL(serverUrl)
    url.pathname = `/${name}`
    return await use(url.href)
  } finally {
    await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)
  }
}

async function onServer(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
