import type { ClientBase } from "pg"
import type { PausedMessage } from "./messages.ts"
import type { Moment, SubscriptionName } from "./round-plan.ts"

/** Lets handlers wait at the moment where a fault is to strike. */
export class Pauses {
  readonly #say: (message: PausedMessage) => Promise<void>
  #ordered: { readonly subscription: SubscriptionName; readonly moment: Moment } | undefined
  #resume: (() => void) | undefined

  constructor(say: (message: PausedMessage) => Promise<void>) {
    this.#say = say
  }

  /** At the next event. */
  order(subscription: SubscriptionName, moment: Moment): void {
    this.#ordered = { subscription, moment }
  }

  resume(): void {
    this.#ordered = undefined
    this.#resume?.()
  }

  /** Called by handlers. Waits if that was ordered, once. */
  async at(subscription: SubscriptionName, moment: Moment, tx: ClientBase): Promise<void> {
    if (this.#ordered?.subscription !== subscription || this.#ordered.moment !== moment) return
    this.#ordered = undefined
    // The server waits at such a commit until a standby has it too, and there is none (see `prepareServer`).
    if (moment === "at-commit") await tx.query("SET LOCAL synchronous_commit = on")
    const { rows } = await tx.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")
    const resumed = new Promise<void>((resolve) => {
      this.#resume = resolve
    })
    await this.#say({ type: "paused", moment, connection: rows[0]?.pid as number })
    if (moment !== "at-commit") await resumed
  }
}
