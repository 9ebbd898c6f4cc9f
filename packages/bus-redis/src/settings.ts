import type { ConnectionOptions } from "node:tls"
import { AnnalsError, slotCount } from "@annals/core"
import type {
  RedisBusOptions,
  RedisClusterOptions,
  RedisNode,
  RedisSentinelOptions,
} from "./redis-bus-options.ts"

/** Options that are Redis' own, checked and complete. */
export interface RedisSettings {
  readonly target: RedisTarget
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: ConnectionOptions | undefined
  readonly topic: string
  readonly partitions: number
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly maxLength: number
  readonly maxAgeMs: number | undefined
  readonly trimIntervalMs: number
}

/** Where Redis is. */
type RedisTarget =
  | { readonly kind: "server"; readonly node: RedisNode; readonly database: number }
  | ({ readonly kind: "sentinel" } & RedisSentinelOptions)
  | ({ readonly kind: "cluster" } & RedisClusterOptions)

const defaults = {
  topic: "annals",
  partitions: 16,
  leaseMs: 10_000,
  maxLength: 100_000,
  trimIntervalMs: 30_000,
} as const

/** Consumers that come or go are noticed after so long at most, however long leases are. */
const longestHeartbeatMs = 1_000

/** Validates the options that are Redis' own. Throws `INVALID_OPTION`, and never shows a URL, which may hold a password. */
export function resolveRedisOptions(options: RedisBusOptions): RedisSettings {
  const { topic = defaults.topic, maxAgeMs } = options
  if (typeof topic !== "string" || !/^[A-Za-z0-9._-]{1,100}$/.test(topic))
    throw invalid("topic", "must be 1 to 100 Latin letters, digits, dots, underscores and hyphens")
  const leaseMs = checkWhole("leaseMs", options.leaseMs ?? defaults.leaseMs, 100)
  const { url, sentinel, cluster } = options
  if ([url, sentinel, cluster].filter((one) => one !== undefined).length !== 1)
    throw invalid("url", "or sentinel or cluster must be given, and only one of them")
  const access = url === undefined ? undefined : readUrl(url)
  return {
    target: access?.target ?? findTarget(options),
    username: access?.username ?? options.username,
    password: access?.password ?? options.password,
    tls: options.tls ?? access?.tls,
    topic,
    partitions: checkWhole("partitions", options.partitions ?? defaults.partitions, 1, slotCount),
    leaseMs,
    heartbeatMs: Math.min(longestHeartbeatMs, Math.floor(leaseMs / 3)),
    maxLength: checkWhole("maxLength", options.maxLength ?? defaults.maxLength, 0),
    maxAgeMs: maxAgeMs === undefined ? undefined : checkWhole("maxAgeMs", maxAgeMs, 0),
    trimIntervalMs: checkWhole("trimIntervalMs", options.trimIntervalMs ?? defaults.trimIntervalMs, 1),
  }
}

interface UrlAccess {
  readonly target: RedisTarget
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: ConnectionOptions | undefined
}

function readUrl(url: string): UrlAccess {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === "")
    throw invalid("url", "must be a URL such as redis://user:password@localhost:6379")
  const database = parsed.pathname.slice(1)
  if (!/^\d{0,9}$/.test(database)) throw invalid("url", "must end in a database's number, or in none")
  return {
    target: {
      kind: "server",
      node: { host: parsed.hostname.replace(/^\[|\]$/g, ""), port: Number(parsed.port || 6379) },
      database: Number(database),
    },
    username: decodePart(parsed.username),
    password: decodePart(parsed.password),
    tls: parsed.protocol === "rediss:" ? {} : undefined,
  }
}

function decodePart(part: string): string | undefined {
  if (part === "") return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid("url", "must have its user and password percent-encoded")
  }
}

function findTarget({ sentinel, cluster }: RedisBusOptions): RedisTarget {
  if (cluster !== undefined) {
    checkNodes("cluster.nodes", cluster.nodes)
    return { kind: "cluster", ...cluster }
  }
  const { nodes, name, database } = sentinel as RedisSentinelOptions
  checkNodes("sentinel.nodes", nodes)
  if (typeof name !== "string" || name === "") throw invalid("sentinel.name", "must be the primary's name")
  checkWhole("sentinel.database", database ?? 0, 0)
  return { kind: "sentinel", ...(sentinel as RedisSentinelOptions) }
}

function checkNodes(path: string, nodes: readonly RedisNode[]): void {
  if (!Array.isArray(nodes) || nodes.length === 0) throw invalid(path, "must be a list of at least one node")
  for (const [index, node] of nodes.entries()) {
    if (typeof node?.host !== "string" || node.host === "")
      throw invalid(`${path}[${index}].host`, "must be a host's name or address")
    checkWhole(`${path}[${index}].port`, node.port, 1, 65_535)
  }
}

function checkWhole(path: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw invalid(path, `must be a whole number ${range}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
