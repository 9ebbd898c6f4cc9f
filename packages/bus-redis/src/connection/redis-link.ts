import { AnnalsError } from "@annals/core"
import { Cluster, Redis, type RedisOptions } from "ioredis"
import { pause } from "../background-clock.ts"
import { isUnavailable, translateError } from "../errors.ts"
import type { RedisSettings } from "../settings.ts"
import { BlockingReader } from "./blocking-reader.ts"
import {
  type ClientOptions,
  clusterOptions,
  commonOptions,
  serverOptions,
  silenceMs,
} from "./client-options.ts"
import { FencedReader } from "./fenced-reader.ts"
import { keySlot } from "./key-slot.ts"

/** How long who can wait waits for a connection that is being restored: most are back by then, and whoever called learns of the others soon. */
const patienceMs = 2_000

/** What a script gets besides its keys. */
export type Argument = string | number | Buffer

/** What Redis answers: text as its bytes. */
export type Reply = number | Buffer | null | readonly Reply[]

/** Hears of a connection that is lost, or has come back. */
export interface LinkListener {
  lost(error: unknown): void
  back(): void
}

/** The bus's way to Redis: one connection for everything but blocking reads; to a cluster, one to each node. */
export class RedisLink {
  readonly #settings: RedisSettings
  readonly #random: () => number
  readonly #listeners = new Set<LinkListener>()
  #client: Redis | Cluster | undefined
  #lastError: unknown
  #losses = 0

  constructor(settings: RedisSettings, random: () => number) {
    this.#settings = settings
    this.#random = random
  }

  /** Whether keys of different partitions can't be read or written together. */
  get isCluster(): boolean {
    return this.#settings.target.kind === "cluster"
  }

  /** Whether there is a connection. In a cluster single nodes may be away all the same. */
  get isReady(): boolean {
    return this.#client?.status === "ready"
  }

  /**
   * How many connections to nodes of a cluster were lost. The client sends what they owed an answer to again: who reads by a command that was under way then
   * may have read twice, and got the second answer only.
   */
  get losses(): number {
    return this.#losses
  }

  /** Connects, once. From then on the client reconnects by itself. */
  async open(): Promise<void> {
    if (this.#client !== undefined) return
    const client = this.#createClient()
    this.#lastError = undefined
    const note = (error: unknown) => {
      this.#lastError = lastNodeError(error) ?? error
    }
    client.on("error", note)
    client.on("node error", note)
    try {
      await inTime(client.connect())
    } catch (error) {
      client.disconnect()
      throw this.#explain(error)
    }
    this.#client = client
    client.on("close", () => this.#tellLost())
    client.on("-node", () => this.#losses++)
    client.on("ready", () => {
      this.#lastError = undefined
      for (const listener of this.#listeners) listener.back()
    })
  }

  /** Waits a little while for a lost connection to come back. Rejects with `BUS_UNAVAILABLE`. */
  async ready(): Promise<void> {
    if (this.isReady) return
    const over = new AbortController()
    const unlisten = this.listen({ lost: () => {}, back: () => over.abort() })
    await pause(patienceMs, over.signal)
    unlisten()
    if (!over.signal.aborted) throw this.#explain(new Error("Connection is closed."))
  }

  /** Runs a script, as its text: a server that has forgotten its scripts can't refuse it, and nothing sent later overtakes it. */
  async script(text: string, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    return this.command("eval", [text, keys.length, ...keys, ...args])
  }

  async command(name: string, args: Argument[]): Promise<Reply> {
    if (this.#client === undefined) throw unavailable("the bus isn't open")
    try {
      return (await this.#client.callBuffer(name, args)) as Reply
    } catch (error) {
      throw this.#explain(error)
    }
  }

  /** A new connection for reads that wait, with the same settings as all others. In a cluster: to the node that has the key. */
  async openReader(key: string): Promise<BlockingReader> {
    const client = this.#client
    if (client === undefined) throw unavailable("the bus isn't open")
    return this.#opened(
      client,
      new BlockingReader(client instanceof Cluster ? this.#nodeOf(client, key) : client.duplicate()),
    )
  }

  /** A new connection for reading under a fence, like those that wait. */
  async openFencedReader(key: string): Promise<FencedReader> {
    const client = this.#client
    if (client === undefined) throw unavailable("the bus isn't open")
    const once = { retryStrategy: () => null, autoResendUnfulfilledCommands: false }
    return this.#opened(
      client,
      new FencedReader(client instanceof Cluster ? this.#nodeOf(client, key, once) : client.duplicate(once)),
    )
  }

  listen(listener: LinkListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Learns anew which node has which slots, where there are several. */
  refresh(): void {
    if (this.#client instanceof Cluster) this.#client.refreshSlotsCache()
  }

  close(): void {
    this.#listeners.clear()
    this.#client?.disconnect()
    this.#client = undefined
  }

  #createClient(): Redis | Cluster {
    const { target } = this.#settings
    if (target.kind !== "cluster") return new Redis(serverOptions(this.#settings, this.#random))
    const nodes = target.nodes.map(({ host, port }) => ({ host, port }))
    return new Cluster(nodes, clusterOptions(this.#settings, target.natMap, this.#random))
  }

  async #opened<Reader extends { open(): Promise<void> }>(
    client: Redis | Cluster,
    reader: Reader,
  ): Promise<Reader> {
    try {
      await reader.open()
    } catch (error) {
      if (client instanceof Cluster) client.refreshSlotsCache()
      throw translateError(error)
    }
    return reader
  }

  #nodeOf(cluster: Cluster, key: string, more: RedisOptions = {}): Redis {
    const address = cluster.slots[keySlot(key)]?.[0]
    if (address === undefined) throw unavailable("no node of the cluster has the slot")
    const port = Number(address.slice(address.lastIndexOf(":") + 1))
    const host = address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "")
    return new Redis({ ...commonOptions(this.#settings, this.#random), host, port, ...more } as ClientOptions)
  }

  #tellLost(): void {
    const error = this.#explain(new Error("Connection is closed."))
    for (const listener of this.#listeners) listener.lost(error)
  }

  /** A connection that was closed says nothing else: the reason came before, as an event. */
  #explain(error: unknown): unknown {
    const translated = translateError(error)
    if (!isUnavailable(translated) || this.#lastError === undefined) return translated
    return translateError(this.#lastError)
  }
}

function unavailable(why: string): AnnalsError {
  return new AnnalsError("BUS_UNAVAILABLE", `Redis: ${why}`, { retryable: true })
}

/** What a cluster says when no node could be used hides why. */
function lastNodeError(error: unknown): unknown {
  return (error as { readonly lastNodeError?: unknown } | undefined)?.lastNodeError
}

/** A client that lacks a right it needs to connect may wait for ever. */
async function inTime(connecting: Promise<unknown>): Promise<void> {
  connecting.catch(() => {}) // it may fail when nobody waits any more
  const over = new AbortController()
  const late = pause(silenceMs, over.signal).then(() => {
    if (!over.signal.aborted) throw unavailable("the server didn't let the bus in in time")
  })
  try {
    await Promise.race([connecting, late])
  } finally {
    over.abort()
  }
}
