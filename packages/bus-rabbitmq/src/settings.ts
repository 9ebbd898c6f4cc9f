import type { ConnectionOptions } from "node:tls"
import { AnnalsError, type Clock, harmlessLogger, type Logger, systemClock } from "@annals/core"
import type { RabbitmqBusOptions } from "./rabbitmq-bus-options.ts"

/** One node of the broker, taken apart, so that no URL with a password ever reaches an error. */
export interface Server {
  readonly protocol: "amqp" | "amqps"
  readonly hostname: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly vhost: string
}

/** The options, checked and complete. */
export interface Settings {
  readonly servers: readonly Server[]
  readonly tls: ConnectionOptions | undefined
  readonly topic: string
  readonly partitions: number
  readonly heartbeatSeconds: number
  readonly connectTimeoutMs: number
  readonly publishTimeoutMs: number
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly logger: Logger | undefined
}

const defaultPorts = { amqp: 5672, amqps: 5671 }

/** Throws `INVALID_OPTION`, with the path and without a secret. */
export function resolveSettings(options: RabbitmqBusOptions): Settings {
  const { url, tls, topic = "annals", clock = systemClock, random = Math.random, logger } = options
  const urls = typeof url === "string" ? [url] : url
  if (!Array.isArray(urls) || urls.length === 0) throw invalid("url", "must be a URL, or some of them")
  const servers = (urls as readonly unknown[]).map(parseServer)
  if (tls !== undefined && servers.some(({ protocol }) => protocol === "amqp")) {
    throw invalid("tls", "is for amqps:// URLs: an amqp:// URL would send everything in the clear")
  }
  if (typeof topic !== "string" || !/^[\w.-]{1,100}$/.test(topic)) {
    throw invalid("topic", "must be 1 to 100 Latin letters, digits, ., _ and -")
  }
  return {
    servers,
    tls,
    topic,
    partitions: whole(options.partitions ?? 8, "partitions", 1, 256),
    heartbeatSeconds: whole(options.heartbeatSeconds ?? 10, "heartbeatSeconds", 1, 3_600),
    connectTimeoutMs: whole(options.connectTimeoutMs ?? 10_000, "connectTimeoutMs", 1, 2 ** 31 - 1),
    publishTimeoutMs: whole(options.publishTimeoutMs ?? 30_000, "publishTimeoutMs", 1, 2 ** 31 - 1),
    clock,
    random,
    logger: logger && harmlessLogger(logger),
  }
}

function parseServer(url: unknown): Server {
  const { protocol, hostname, port, username, password, pathname } = parseUrl(url)
  if (protocol !== "amqp:" && protocol !== "amqps:") throw notAUrl()
  const scheme = protocol === "amqp:" ? "amqp" : "amqps"
  return {
    protocol: scheme,
    hostname: hostname.replace(/^\[|\]$/g, "") || "localhost",
    port: port === "" ? defaultPorts[scheme] : Number(port),
    username: username === "" ? "guest" : decode(username),
    password: username === "" && password === "" ? "guest" : decode(password),
    vhost: pathname.length > 1 ? decode(pathname.slice(1)) : "/",
  }
}

function parseUrl(url: unknown): URL {
  try {
    return new URL(url as string)
  } catch {
    throw notAUrl()
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw notAUrl()
  }
}

/** Without a cause: Node's error holds the URL, and with it the password. */
function notAUrl(): AnnalsError {
  return invalid("url", "must be a URL such as amqp://user:password@localhost:5672/vhost, or with amqps://")
}

function whole(value: unknown, path: string, least: number, most: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number
  throw invalid(path, `must be a whole number from ${least} to ${most}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
