import type { GroupName } from "./groups.ts"
import type { Moment } from "./round-plan.ts"

interface Order {
  readonly group: GroupName
  readonly moment: Moment
  readonly alone: boolean
}

/** Lets handlers wait at the moment where a fault is to strike. */
export class Pauses {
  readonly #say: (moment: Moment) => Promise<void>
  #ordered: Order | undefined
  #resumed: PromiseWithResolvers<void> | undefined
  /** No transaction begins before it resolves: one that is frozen would keep everybody from writing. */
  #closed: Promise<void> | undefined
  #running = 0
  #idle: (() => void) | undefined

  constructor(say: (moment: Moment) => Promise<void>) {
    this.#say = say
  }

  /** At the next event. */
  order(order: Order): void {
    this.#ordered = order
  }

  resume(): void {
    this.#ordered = undefined
    this.#closed = undefined
    this.#resumed?.resolve()
  }

  /** Runs a transaction in which an event takes effect; `inEffect` is to be called when everything is written. */
  async around<Result>(
    group: GroupName,
    transact: (inEffect: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    await this.#at(group, "before-effect")
    const result = await this.writing(() => transact(() => this.#at(group, "in-effect")))
    await this.#at(group, "after-effect")
    return result
  }

  /** Runs whatever writes, when it may. */
  async writing<Result>(write: () => Promise<Result>): Promise<Result> {
    while (this.#closed !== undefined) await this.#closed
    this.#running++
    try {
      return await write()
    } finally {
      this.#running--
      if (this.#running === 0) this.#idle?.()
    }
  }

  async #at(group: GroupName, moment: Moment): Promise<void> {
    const ordered = this.#ordered
    if (ordered?.group !== group || ordered.moment !== moment) return
    this.#ordered = undefined
    const resumed = Promise.withResolvers<void>()
    this.#resumed = resumed
    if (ordered.alone) {
      this.#closed = resumed.promise
      if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    }
    await this.#say(moment)
    await resumed.promise
  }
}
