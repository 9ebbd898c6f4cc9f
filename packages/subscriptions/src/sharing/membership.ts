import type { EventStore, Fence, SlotRange } from "@annals/core"
import type { InstancesMode } from "./slot-blocks.ts"

/** What an instance has of a subscription's slots. */
export interface Holding {
  /** In the order of slots. Empty: it stands by, or doesn't know what it has. */
  readonly held: readonly HeldSlots[]
  /** Resources among those held that others wait for: to be finished with, and given to {@link Membership.released}. */
  readonly surplus: readonly string[]
}

/** Slots that are held together. */
export interface HeldSlots {
  readonly resource: string
  readonly slots: SlotRange
  /** Goes with every checkpoint of these slots. */
  readonly fence: Fence
}

/** What a {@link Membership} needs. */
export interface MembershipOptions {
  readonly store: Pick<EventStore, "name" | "clock" | "observer" | "leases">
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
  /** Called when the store fails; the heartbeat is tried again soon. */
  readonly onError: (error: unknown) => void
}

/** One instance's place among those that share a subscription. For one run: after `stop` make a new one. */
export class Membership {
  constructor(_options: MembershipOptions) {}

  /** What is held now, as last told to `onChange`. */
  get holding(): Holding {
    return { held: [], surplus: [] }
  }

  /** Joins the group, and stays in it until `stop`. */
  start(): void {}

  /**
   * Gives back resources: the subscription has finished with them and saved its checkpoint. They are no longer held when this returns (`onChange` is
   * called before that); resolves when others can have them. Never rejects: what fails is tried again with the next heartbeat.
   */
  async released(_resources: readonly string[]): Promise<void> {}

  /**
   * Asks the store at once how things stand: after a fence was refused. Resolves when a heartbeat that was sent after this call has come back, and
   * `holding` says what it said; or when stopped.
   */
  async renew(): Promise<void> {}

  /**
   * Ends the heartbeats, also in the middle of a sleep or a call, and gives everything back. `onChange` isn't called any more. Resolves when others can have
   * it all, or after `ttlMs`, when they can as well. Never rejects. Twice is fine.
   */
  async stop(): Promise<void> {}
}
