import { Client, type ClientConfig } from "pg"
import { quoteIdentifier } from "../sql/identifier.ts"
import type { OpenListenConnection } from "./listen-connection.ts"
import { backgroundClock, pause } from "./pause.ts"

const connectionTimeoutMs = 10_000

/** After so long without traffic TCP asks whether the other side is still there. */
const keepAliveDelayMs = 30_000

/** How long a goodbye may take to leave this machine. */
const farewellMs = 500

/** Settings of a pool's connections, made fit for one that only listens. */
export function listenSettings(poolSettings: ClientConfig): ClientConfig {
  // Not a spread: a pool hides its password from whatever lists its settings.
  const settings: ClientConfig = Object.defineProperties({}, Object.getOwnPropertyDescriptors(poolSettings))
  settings.connectionTimeoutMillis ||= connectionTimeoutMs
  settings.keepAlive = true
  settings.keepAliveInitialDelayMillis = keepAliveDelayMs
  return settings
}

/** How to open a connection that listens on a channel, with the settings (`options`) of a pool. It doesn't keep the process from ending. */
export function createListenConnector(poolSettings: ClientConfig, channel: string): OpenListenConnection {
  return async ({ notified, lost }, signal) => {
    const client = new Client(listenSettings(poolSettings))
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
