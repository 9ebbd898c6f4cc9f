import { Client, type Pool } from "pg"

const channel = "appended"

/** Notifies whoever listens; calls that come while one is on its way are merged. Resolves when it is through. */
export function notifier(pool: Pool): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const notify = async () => {
    await pool.query(`NOTIFY ${channel}`)
  }
  return () => {
    if (running === undefined) {
      running = notify().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running.then(() => {
      next = undefined
      running = notify().finally(() => {
        running = undefined
      })
      return running
    })
    return next
  }
}

/** Calls `wake` whenever somebody appended. */
export async function listenForAppends(url: string, wake: () => void): Promise<AsyncDisposable> {
  const client = new Client({ connectionString: url })
  await client.connect()
  client.on("notification", wake)
  await client.query(`LISTEN ${channel}`)
  return { [Symbol.asyncDispose]: () => client.end() }
}
