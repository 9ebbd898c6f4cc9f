import type { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"
import type { ClientConfig, Pool, PoolClient } from "pg"

/** What a `pg` client knows of its server, and of itself there. */
interface ReachingClient {
  readonly host: string
  readonly port: number
  readonly ssl: unknown
  readonly sslNegotiation?: string
  readonly connection: MessageConnection
  /** With `secretKey`, what the server gave it to cancel by: some poolers give nothing. */
  readonly processID?: number | null
  readonly secretKey?: number | null
}

/** What `pg` calls a connection: the protocol's messages. */
interface MessageConnection extends EventEmitter {
  readonly stream: Duplex
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
}

/**
 * Asks the server to cancel what runs on a connection, in the way of the protocol: by a connection for nothing else, which needs no
 * place in the pool. Behind a pooler it finds the right server process, which `pg_cancel_backend` doesn't. Resolves when the server has
 * heard it, or can't be reached.
 */
export function cancelQuery(client: PoolClient, pool: Pool, signal: AbortSignal): Promise<void> {
  const { processID, secretKey } = client as unknown as ReachingClient
  if (typeof processID !== "number" || typeof secretKey !== "number") return Promise.resolve()
  const { connection, host, port, ssl, sslNegotiation } = unconnected(client, pool)
  return new Promise((resolve) => {
    const cancel = () => connection.cancel(processID, secretKey)
    connection.on("connect", () => {
      if (!ssl) cancel()
      else if (sslNegotiation !== "direct") connection.requestSsl()
    })
    connection.on("sslconnect", cancel)
    connection.on("error", () => connection.stream.destroy())
    connection.on("end", resolve)
    signal.addEventListener("abort", () => connection.stream.destroy())
    if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`)
    else connection.connect(port, host)
  })
}

/** Ends a connection at once: `pg` would first wait for the answer of what was sent ahead of others. */
export function breakOff(client: PoolClient): void {
  ;(client as unknown as ReachingClient).connection.stream.destroy()
}

/** Another client for the same server, as the pool makes them. */
function unconnected(client: PoolClient, pool: Pool): ReachingClient {
  const Client = client.constructor as new (config: ClientConfig) => ReachingClient
  return new Client(pool.options)
}
