import type { ClusterOptions, RedisOptions } from "ioredis"
import type { RedisNode } from "../redis-bus-options.ts"
import type { RedisSettings } from "../settings.ts"

/** Replies have one shape, whatever the server speaks. */
export type ClientOptions = RedisOptions & { readonly replyMapping: "legacy" }

/** How long one attempt to connect may take. */
const connectTimeoutMs = 5_000
/** A connection that owes an answer for so long is given up: what is at its other end may be gone. */
export const silenceMs = 15_000

/**
 * What every connection of a bus has in common, so that none is less secure than another. Commands never wait for a connection to come
 * back: they fail at once, and whoever sent them decides.
 */
export function commonOptions(settings: RedisSettings, random: () => number): ClientOptions {
  const { username, password, tls } = settings
  return {
    lazyConnect: true,
    replyMapping: "legacy",
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMs,
    connectionName: `annals:${settings.topic}`,
    // A primary that has become a replica: the other one is to be found.
    reconnectOnError: ({ message }) => message.includes("READONLY"),
    retryStrategy: (times) => reconnectDelay(times, random),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
  }
}

/** Options of a client of a single server, or of one that sentinels watch over. */
export function serverOptions(settings: RedisSettings, random: () => number): ClientOptions {
  const { target, tls } = settings
  const common = commonOptions(settings, random)
  if (target.kind === "server") return { ...common, ...target.node, db: target.database }
  if (target.kind === "cluster") return common
  const sentinelTls = target.tls ?? tls
  return {
    ...common,
    sentinels: target.nodes.map(({ host, port }) => ({ host, port })),
    name: target.name,
    db: target.database ?? 0,
    sentinelRetryStrategy: (times) => reconnectDelay(times, random),
    ...(target.username !== undefined && { sentinelUsername: target.username }),
    ...(target.password !== undefined && { sentinelPassword: target.password }),
    ...(tls !== undefined && { enableTLSForSentinelMode: true }),
    ...(sentinelTls !== undefined && { sentinelTLS: sentinelTls }),
    ...(target.natMap !== undefined && { natMap: copyNatMap(target.natMap) }),
  }
}

export function clusterOptions(
  settings: RedisSettings,
  natMap: Readonly<Record<string, RedisNode>> | undefined,
  random: () => number,
): ClusterOptions & { readonly redisOptions: Pick<ClientOptions, "replyMapping"> } {
  const { lazyConnect, retryStrategy, enableOfflineQueue, ...redisOptions } = commonOptions(settings, random)
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    redisOptions,
    clusterRetryStrategy: (times) => reconnectDelay(times, random),
    slotsRefreshTimeout: connectTimeoutMs,
    ...(natMap !== undefined && { natMap: copyNatMap(natMap) }),
  }
}

function copyNatMap(natMap: Readonly<Record<string, RedisNode>>): Record<string, RedisNode> {
  return Object.fromEntries(Object.entries(natMap).map(([from, { host, port }]) => [from, { host, port }]))
}

/** From 50 ms to a second, of which a random half is taken off. */
function reconnectDelay(times: number, random: () => number): number {
  return Math.round(Math.min(1_000, 50 * 2 ** Math.min(times, 6)) * (1 - random() / 2))
}
