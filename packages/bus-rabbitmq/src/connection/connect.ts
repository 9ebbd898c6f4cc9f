import { type ChannelModel, connect as connectByAmqp, type SocketOptions } from "amqplib"
import { translateError } from "../errors.ts"
import type { Server, Settings } from "../settings.ts"

/** Connects to the first server that answers, beginning with the given one. Rejects with what the last one said. */
export async function connect(settings: Settings, purpose: string, first: number): Promise<ChannelModel> {
  const { servers } = settings
  let failure: unknown
  for (let index = 0; index < servers.length; index++) {
    try {
      return await connectTo(servers[(first + index) % servers.length] as Server, settings, purpose)
    } catch (error) {
      failure = translateError(error)
    }
  }
  throw failure
}

async function connectTo(server: Server, settings: Settings, purpose: string): Promise<ChannelModel> {
  const { tls, topic, heartbeatSeconds, connectTimeoutMs } = settings
  // amqplib takes the virtual host as it stands in a URL.
  const address = { ...server, vhost: encodeURIComponent(server.vhost), heartbeat: heartbeatSeconds }
  const options: SocketOptions = {
    ...(server.protocol === "amqps" && tls),
    noDelay: true,
    keepAlive: true,
    timeout: connectTimeoutMs,
    clientProperties: { connection_name: `annals ${topic} (${purpose})` },
  }
  const model = await connectByAmqp(address, options)
  model.on("error", () => {}) // "close" follows, and says the same
  return model
}

/** Ends a connection without waiting for the broker, which may not answer any more. */
export function destroy(model: ChannelModel): void {
  // amqplib would wait for the other side to close; its socket isn't part of its types.
  const { stream } = model.connection as { readonly stream?: { destroy?: (error?: Error) => void } }
  stream?.destroy?.(new Error("given up"))
}
