import type { ConnectionOptions } from "node:tls"
import type { BusOptions } from "@annals/core"

/** How a Redis bus is made, besides what every bus takes. Exactly one of `url`, `sentinel` and `cluster` is given. */
export interface RedisBusOptions extends BusOptions {
  /** A single server: `redis://user:password@host:port/database`, or `rediss://…` for TLS. */
  readonly url?: string
  /** A server that Redis Sentinel watches over: the bus asks the sentinels for the primary, and follows it. */
  readonly sentinel?: RedisSentinelOptions
  /** A Redis Cluster: the partitions of the bus are spread over its nodes. */
  readonly cluster?: RedisClusterOptions
  /** The ACL user, where `url` names none. Default: Redis' default user. */
  readonly username?: string
  /** Where `url` has none. Never shown in errors or logs. */
  readonly password?: string
  /** TLS, for every connection of the bus: certificate authorities, client certificate, server name. `rediss://` alone checks against Node's authorities. */
  readonly tls?: ConnectionOptions
  /** Names what the keys of the bus begin with: buses of different topics share nothing. Latin letters, digits, `.`, `_` and `-`. Default `annals`. */
  readonly topic?: string
  /**
   * How many streams the events are shared out to: so many consumers of a group can work side by side with order `"stream"`. 1 to 1,024. Fixed once
   * the topic exists: another number fails with `INVALID_OPTION` at the first use. Default 16.
   */
  readonly partitions?: number
  /**
   * How long a consumer that hangs or died keeps what it has, in milliseconds: then the others of its group take over. Shorter is faster, and less
   * forgiving of a process that stands still. At least 100. Default 10,000.
   */
  readonly leaseMs?: number
  /**
   * About how many events the topic keeps once every group has acknowledged them, for groups yet to come (`from: "earliest"`). What a group hasn't
   * acknowledged is never dropped. Bounds Redis' memory. Default 100,000.
   */
  readonly maxLength?: number
  /** How long those events are kept at most, in milliseconds. Default: as long as `maxLength` allows. */
  readonly maxAgeMs?: number
  /** How often what is older or more is dropped, in milliseconds. Default 30,000. */
  readonly trimIntervalMs?: number
}

/** Where a server listens. */
export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** How the primary is found. */
export interface RedisSentinelOptions {
  /** The sentinels, or some of them. */
  readonly nodes: readonly RedisNode[]
  /** What they call the primary: `"mymaster"`. */
  readonly name: string
  /** The ACL user and password of the sentinels themselves. Default: none. */
  readonly username?: string
  readonly password?: string
  /** TLS to the sentinels. Default: that of the bus, if it has any. */
  readonly tls?: ConnectionOptions
  /** The database of the primary. Default 0. */
  readonly database?: number
  /** Addresses as the sentinels give them (`host:port`), and where they are reached from here. Default: as they are given. */
  readonly natMap?: Readonly<Record<string, RedisNode>>
}

/** How the nodes of a cluster are found. */
export interface RedisClusterOptions {
  /** The nodes, or some of them. */
  readonly nodes: readonly RedisNode[]
  /** Addresses as the nodes give them (`host:port`), and where they are reached from here. Default: as they are given. */
  readonly natMap?: Readonly<Record<string, RedisNode>>
}
