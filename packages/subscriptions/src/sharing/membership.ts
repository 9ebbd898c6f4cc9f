import type { EventStore, LeaseGroup, MeasurementName } from "@annals/core"
import { measuredTenant } from "../measuring/measured-tenant.ts"
import { countSlots, type Holding, isSameHolding, nothingHeld, without } from "./holding.ts"
import { OwnShare } from "./own-share.ts"
import { type InstancesMode, slotBlocks } from "./slot-blocks.ts"

export type { HeldSlots, Holding } from "./holding.ts"

/** What a {@link Membership} needs. */
export interface MembershipOptions {
  readonly store: Pick<EventStore, "name" | "tenant" | "clock" | "observer" | "leases">
  /** The subscription's name. */
  readonly group: string
  /** This instance. No two that run may have the same. */
  readonly owner: string
  readonly instances: InstancesMode
  /** An instance that isn't heard of for so long loses what it holds. Heartbeats are a third of it apart. */
  readonly ttlMs: number
  /** From 0 up to 1. */
  readonly random: () => number
  /**
   * Called after the first heartbeat, and then whenever what is held (resources or fence numbers) or what should be given up has changed.
   * It is a whole picture, not a difference.
   */
  readonly onChange: (holding: Holding) => void
  /** Called when the store (or `onChange`) fails; must not throw. The heartbeat is tried again soon. */
  readonly onError: (error: unknown) => void
}

/**
 * One instance's place among those that share a subscription. For one run: after `stop` make a new one.
 *
 * A single loop sends one heartbeat after the other, and takes what the plan says. Beside it a timer runs from the moment that the last successful
 * heartbeat was sent: when `ttlMs` is over, others may have everything, so nothing is held until a heartbeat comes back.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #share: OwnShare
  /** By this process's clock; in the past: nothing is held. */
  #liveUntil = Number.NEGATIVE_INFINITY
  #answeredAt: number | undefined
  #told: Holding | undefined
  #loop: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #nap = new AbortController()
  #expiry = new AbortController()
  #renewals: (() => void)[] = []

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#share = new OwnShare(options.group, options.owner, slotBlocks(options.instances))
  }

  /** Epoch milliseconds, by this process's clock, of the last heartbeat that was answered; `undefined`: none was. */
  get answeredAt(): number | undefined {
    return this.#answeredAt
  }

  /** What is held now, as last told to `onChange`. */
  get holding(): Holding {
    return this.#told ?? nothingHeld
  }

  /** Joins the group, and stays in it until `stop`. */
  start(): void {
    if (this.#stopping === undefined) this.#loop ??= this.#run()
  }

  /**
   * Gives back resources: the subscription has finished with them and saved its checkpoint. They are no longer held when this returns (`onChange` is
   * called before that); resolves when others can have them, or when stopped. Never rejects.
   */
  async released(resources: readonly string[]): Promise<void> {
    if (this.#stopping !== undefined || resources.length === 0) return
    this.#share.remove(resources)
    this.#tell()
    await this.renew() // To the heartbeat they are strays now, so that only the loop ever changes leases.
  }

  /**
   * Asks the store at once how things stand: after a fence was refused. Resolves when a heartbeat that was sent after this call has come back, and
   * `holding` says what it said; or when stopped.
   */
  async renew(): Promise<void> {
    if (this.#stopping !== undefined) return
    await new Promise<void>((resolve) => {
      this.#renewals.push(resolve)
      this.#nap.abort()
    })
  }

  /**
   * Ends the heartbeats, also in the middle of a sleep, and gives everything back. `onChange` isn't called any more. Resolves when others can have it
   * all; at the latest, with a store that doesn't answer, after `ttlMs`, when they can as well. Never rejects. Twice is fine.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#leave()
    return this.#stopping
  }

  async #leave(): Promise<void> {
    const { store, group, owner, ttlMs, onError } = this.#options
    const heldAny = this.holding.held.length > 0
    this.#keep(nothingHeld)
    this.#nap.abort()
    this.#expiry.abort()
    for (const resolve of this.#renewals.splice(0)) resolve()
    if (this.#loop === undefined) return
    const leave = () => store.leases.leave(group, owner)
    // A heartbeat that is under way would join again if it came after the leave.
    const left = this.#loop.then(() => (heldAny ? this.#observe(leave) : leave())).catch(onError)
    const deadline = new AbortController()
    await Promise.race([left, store.clock.sleep(ttlMs, deadline.signal).catch(() => {})])
    deadline.abort()
  }

  async #run(): Promise<void> {
    const { ttlMs, random, onError, store } = this.#options
    while (this.#stopping === undefined) {
      const asked = this.#renewals.length
      let pauseMs = (ttlMs / 3) * (0.8 + 0.2 * random())
      try {
        await this.#beat()
        for (const resolve of this.#renewals.splice(0, asked)) resolve()
        if (this.#renewals.length > 0) continue
      } catch (error) {
        onError(error)
        pauseMs = (ttlMs / 10) * (0.5 + 0.5 * random())
      }
      if (this.#stopping !== undefined) break
      this.#nap = new AbortController()
      await store.clock.sleep(Math.ceil(pauseMs), this.#nap.signal).catch(() => {})
    }
  }

  async #beat(): Promise<void> {
    const seen = await this.#heartbeat()
    if (seen === undefined) return
    const { store, group, owner } = this.#options
    this.#answeredAt = store.clock.now()
    const { strays, acquire } = this.#share.review(seen)
    try {
      if (strays.length > 0) await this.#observe(() => store.leases.release(group, owner, strays))
      if (acquire.length === 0) return
      this.#share.add(await this.#observe(() => store.leases.acquire(group, owner, acquire)))
    } finally {
      this.#tell()
    }
  }

  /** `undefined`: stopped meanwhile. */
  async #heartbeat(): Promise<LeaseGroup | undefined> {
    const { store, group, owner, ttlMs } = this.#options
    for (;;) {
      const sentAt = store.clock.now()
      const seen = await store.leases.heartbeat(group, owner, ttlMs)
      if (this.#stopping !== undefined) return undefined
      // An older answer says nothing about now.
      if (store.clock.now() < sentAt + ttlMs) {
        this.#live(sentAt + ttlMs)
        return seen
      }
    }
  }

  #live(until: number): void {
    const { clock } = this.#options.store
    this.#liveUntil = until
    this.#expiry.abort()
    this.#expiry = new AbortController()
    const expire = () => {
      this.#liveUntil = Number.NEGATIVE_INFINITY
      this.#tell()
    }
    // An answer may have been on its way for longer than it is good for.
    clock.sleep(Math.max(0, until - clock.now()), this.#expiry.signal).then(expire, () => {})
  }

  #isLive(): boolean {
    return this.#options.store.clock.now() < this.#liveUntil
  }

  #tell(): void {
    if (this.#stopping !== undefined) return
    const { onChange, onError } = this.#options
    const holding = this.#isLive() ? this.#share.holding() : nothingHeld
    if (this.#told !== undefined && isSameHolding(holding, this.#told)) return
    this.#keep(holding)
    try {
      onChange(holding)
    } catch (error) {
      onError(error)
    }
  }

  #keep(holding: Holding): void {
    const { store, group } = this.#options
    const before = this.#told ?? nothingHeld
    this.#told = holding
    const attributes = { subscription: group, ...measuredTenant(store) }
    const record = (name: MeasurementName, value: number) =>
      store.observer?.record({ name, value, attributes })
    record("subscription.slots", countSlots(holding))
    const gained = countSlots(without(holding, before))
    const lost = countSlots(without(before, holding))
    if (gained > 0) record("subscription.slots.gained", gained)
    if (lost > 0) record("subscription.slots.lost", lost)
  }

  /** Around what changes hands, not around every heartbeat. */
  #observe<Result>(run: () => Promise<Result>): Promise<Result> {
    const { store, group } = this.#options
    if (store.observer === undefined) return run()
    return store.observer.around({ name: "lease", system: store.name, subject: group, metadata: {} }, run)
  }
}
