import { randomUUID } from "node:crypto"
import pg from "pg"

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
