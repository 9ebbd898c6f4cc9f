import { setTimeout as delay } from "node:timers/promises"
import { type EventStore, type LeaseGroup, type ParkedStream, slotCount } from "@annals/core"
import type { SubscriptionDeadLetters } from "@annals/subscriptions"
import type { Client } from "pg"
import type { Progress } from "../harness/progress.ts"
import { type SubscriptionName, subscriptionNames } from "./round-plan.ts"

const intervalMs = 30

/** Looks again and again at how the subscriptions of a round stand, as the store says it. */
export class Watch {
  readonly #store: EventStore
  readonly #deadLetters: SubscriptionDeadLetters
  readonly #client: Client
  readonly #progress: Progress
  readonly #positions = new Map<SubscriptionName, number>()
  readonly #groups = new Map<SubscriptionName, LeaseGroup>()
  #parked: readonly ParkedStream[] = []
  /** An instance that is stopped. */
  frozen: string | undefined
  readonly #schema: string
  #blockers: ReadonlySet<string> = new Set()
  #kept: ReadonlySet<string> = new Set()
  #looks = 0

  constructor(
    store: EventStore,
    deadLetters: SubscriptionDeadLetters,
    client: Client,
    schema: string,
    progress: Progress,
  ) {
    this.#schema = schema
    this.#store = store
    this.#deadLetters = deadLetters
    this.#client = client
    this.#progress = progress
  }

  /** How often it has looked. */
  get looks(): number {
    return this.#looks
  }

  /** Whether every slot of every subscription has come so far. */
  cameTo(position: number): boolean {
    return subscriptionNames.every((name) => (this.#positions.get(name) ?? 0) >= position)
  }

  /**
   * Whether the others have come so far, but for subscriptions whose slots the frozen instance keeps, though its lease is over: it was stopped between moving a
   * checkpoint and the commit, and until then nobody can be given them.
   */
  othersCameTo(position: number): boolean {
    return subscriptionNames.every(
      (name) => (this.#positions.get(name) ?? 0) >= position || this.#kept.has(name),
    )
  }

  /** Whether the frozen instance keeps slots though its lease is over. */
  get keepsSlots(): boolean {
    return this.frozen !== undefined && this.#kept.size > 0
  }

  /** Whether an instance is taken for alive. */
  isAlive(instance: string): boolean {
    return subscriptionNames.some((name) => this.#groups.get(name)?.owners.includes(instance))
  }

  /** Which instance has the first slots of a subscription, if any. */
  holder(name: SubscriptionName): string | undefined {
    return this.#groups.get(name)?.leases[0]?.owner
  }

  /** Whether somebody waits for a lock that a connection of this name holds. */
  blocks(applicationName: string): boolean {
    return this.#blockers.has(applicationName)
  }

  get parked(): readonly ParkedStream[] {
    return this.#parked
  }

  /** For messages to people. */
  get state(): string {
    const states = subscriptionNames.map(
      (name) =>
        `${name} is at ${this.#positions.get(name)}, with ${this.#groups.get(name)?.owners.join(", ")}`,
    )
    return `${states.join("; ")}; ${this.#parked.length} streams are parked`
  }

  /** Until the signal says otherwise. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const name of subscriptionNames) await this.#look(name)
      this.#parked = await this.#deadLetters.parkedStreams()
      this.#blockers = await findBlockers(this.#client)
      if (this.frozen === undefined) this.#kept = new Set()
      else if (!this.isAlive(this.frozen))
        this.#kept = await findKept(this.#client, this.#schema, this.frozen)
      this.#looks++
      this.#progress.changed()
      await delay(intervalMs)
    }
  }

  async #look(name: SubscriptionName): Promise<void> {
    const checkpoints = await this.#store.checkpoints.load(name)
    const slots = checkpoints.reduce((sum, { slots: { first, last } }) => sum + last - first + 1, 0)
    const least = slots < slotCount ? 0 : Math.min(...checkpoints.map(({ position }) => position))
    this.#positions.set(name, least)
    this.#groups.set(name, await this.#store.leases.inspect(name))
  }
}

async function findBlockers(client: Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT holder.application_name AS name
      FROM pg_stat_activity AS waiting, unnest(pg_blocking_pids(waiting.pid)) AS blocker
      JOIN pg_stat_activity AS holder ON holder.pid = blocker
      WHERE waiting.wait_event_type = 'Lock'`,
  )
  return new Set(rows.map(({ name }) => name))
}

/** Subscriptions of which an instance has leases that are locked. */
async function findKept(client: Client, schema: string, instance: string): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `WITH free AS (
        SELECT lease_group, resource FROM ${schema}.leases WHERE owner = $1 FOR NO KEY UPDATE SKIP LOCKED
      )
      SELECT DISTINCT lease_group AS name FROM ${schema}.leases
        WHERE owner = $1 AND (lease_group, resource) NOT IN (SELECT lease_group, resource FROM free)`,
    [instance],
  )
  return new Set(rows.map(({ name }) => name))
}
