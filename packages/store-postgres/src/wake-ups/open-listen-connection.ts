import { Client, type ClientConfig, type Pool } from "pg"
import { quoteIdentifier } from "../sql/identifier.ts"
import type { OpenListenConnection } from "./listen-connection.ts"
import { backgroundClock, pause } from "./pause.ts"

const connectionTimeoutMs = 10_000

/** After so long without traffic TCP asks whether the other side is still there. */
const keepAliveDelayMs = 30_000

/** How long a goodbye may take to leave this machine. */
const farewellMs = 500

/** The settings that a pool makes its connections with. */
export function connectionSettings(pool: Pool): ClientConfig {
  // Not a spread: the pool hides its password and its private key from whatever lists its settings.
  const settings: ClientConfig = Object.defineProperties({}, Object.getOwnPropertyDescriptors(pool.options))
  settings.connectionTimeoutMillis ||= connectionTimeoutMs
  settings.keepAlive = true
  settings.keepAliveInitialDelayMillis = keepAliveDelayMs
  return settings
}

/** How to open a connection that listens on a channel. It doesn't keep the process from ending. */
export function createListenConnector(settings: ClientConfig, channel: string): OpenListenConnection {
  return async ({ notified, lost }, signal) => {
    const client = new Client(settings)
    client.on("error", lost)
    client.on("end", () => lost())
    client.on("notification", ({ payload = "" }) => notified(payload))
    const giveUp = () => client.connection.stream.destroy()
    signal.addEventListener("abort", giveUp)
    try {
      await client.connect()
      unref(client)
      await client.query(`LISTEN ${quoteIdentifier(channel)}`)
      return { close: () => close(client) }
    } catch (error) {
      giveUp()
      throw error
    } finally {
      signal.removeEventListener("abort", giveUp)
    }
  }
}

function unref({ connection: { stream } }: Client): void {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref()
}

/** Says goodbye without waiting for an answer: who is at the other end may be gone. */
async function close(client: Client): Promise<void> {
  const { stream } = client.connection
  const closed = new AbortController()
  stream.once("close", () => closed.abort())
  stream.once("finish", () => stream.destroy())
  if (stream.closed) closed.abort()
  client.end().catch(() => {})
  await pause(backgroundClock, farewellMs, closed.signal)
  stream.destroy()
}
