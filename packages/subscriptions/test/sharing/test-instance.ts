import type { Clock, EventStore, LeaseStore } from "@annals/core"
import type { Holding } from "../../src/sharing/holding.ts"
import { Membership, type MembershipOptions } from "../../src/sharing/membership.ts"

/** How the world treats an instance. */
export interface TestInstanceOptions
  extends Partial<Pick<MembershipOptions, "owner" | "instances" | "random" | "ttlMs" | "onChange">> {
  /** How long a call travels, each way, and how long handlers take to finish with what is given up. Default: no time. */
  readonly delayMs?: () => number
  /** Default: as soon as it is asked to. */
  readonly givesUp?: boolean
}

/** An instance in a process of its own: with its own timers and its own line to a store that all share, each of which can fail. */
export class TestInstance {
  readonly membership: Membership
  readonly changes: Holding[] = []
  readonly errors: unknown[] = []
  readonly calls: (keyof LeaseStore)[] = []
  /** Calls fail, having reached the store or not. */
  line: "up" | "cut" | "answers lost" | "answers to acquire lost" = "up"
  /** How many calls were under way at a time. */
  mostCalls = 0
  #callsUnderWay = 0
  readonly #clock: Clock
  readonly #options: TestInstanceOptions
  #thaw: { readonly done: Promise<void>; readonly end: () => void } | undefined

  constructor(store: EventStore, clock: Clock, options: TestInstanceOptions = {}) {
    this.#clock = clock
    this.#options = options
    const {
      owner = "a",
      instances = "shared",
      random = () => 0.5,
      ttlMs = 3000,
      givesUp = true,
      onChange,
    } = options
    this.membership = new Membership({
      store: {
        name: store.name,
        tenant: store.tenant,
        observer: store.observer,
        clock: this.#ownClock(),
        leases: this.#lineTo(store),
      },
      group: "g",
      owner,
      instances,
      ttlMs,
      random,
      onError: (error) => this.errors.push(error),
      onChange: (holding) => {
        this.changes.push(holding)
        onChange?.(holding)
        if (givesUp && holding.surplus.length > 0) void this.#giveUp(holding.surplus)
      },
    })
    this.membership.start()
  }

  get held(): readonly string[] {
    return this.membership.holding.held.map(({ resource }) => resource)
  }

  get isFrozen(): boolean {
    return this.#thaw !== undefined
  }

  /** As SIGSTOP does: no timer rings and no answer arrives. */
  freeze(): void {
    this.#thaw ??= deferred()
  }

  thaw(): void {
    this.#thaw?.end()
    this.#thaw = undefined
  }

  async #giveUp(surplus: readonly string[]): Promise<void> {
    const { delayMs } = this.#options
    if (delayMs !== undefined) await this.#travel()
    await this.membership.released(surplus)
  }

  #ownClock() {
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      await this.#clock.sleep(milliseconds, signal)
      await this.#thaw?.done
    }
    return { now: () => this.#clock.now(), sleep }
  }

  #lineTo({ leases }: EventStore): LeaseStore {
    const call = async <Result>(name: keyof LeaseStore, run: () => Promise<Result>): Promise<Result> => {
      this.calls.push(name)
      this.mostCalls = Math.max(this.mostCalls, ++this.#callsUnderWay)
      try {
        await this.#travel()
        if (this.line === "cut") throw new Error("no line")
        const result = await run()
        await this.#travel()
        if (this.line === "up" || (this.line.includes("acquire") && name !== "acquire")) return result
        throw new Error("no answer")
      } finally {
        this.#callsUnderWay--
      }
    }
    return {
      heartbeat: (...args) => call("heartbeat", () => leases.heartbeat(...args)),
      acquire: (...args) => call("acquire", () => leases.acquire(...args)),
      release: (...args) => call("release", () => leases.release(...args)),
      leave: (...args) => call("leave", () => leases.leave(...args)),
      inspect: (...args) => call("inspect", () => leases.inspect(...args)),
      holds: (...args) => call("holds", () => leases.holds(...args)),
    }
  }

  async #travel(): Promise<void> {
    const delay = this.#options.delayMs?.() ?? 0
    if (delay > 0) await this.#clock.sleep(delay)
    await this.#thaw?.done
  }
}

function deferred(): { readonly done: Promise<void>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { done: promise, end: resolve }
}
