import { AnnalsError } from "../errors/annals-error.ts"
import type { BusDriver } from "./bus-driver.ts"

/** Opens a driver before its first use, and closes it when nothing uses it any more. */
export class BusLifecycle {
  readonly #driver: Pick<BusDriver, "open" | "close">
  readonly #uses = new Set<Promise<unknown>>()
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(driver: Pick<BusDriver, "open" | "close">) {
    this.#driver = driver
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  checkOpen(): void {
    if (this.isClosed) throw new AnnalsError("CLOSED", "the bus is closed")
  }

  /** Runs what needs the driver, which stays open until it is over; `open` opens it, if that isn't done. Rejects with `CLOSED`. */
  async use<Result>(run: (open: () => Promise<void>) => Promise<Result>): Promise<Result> {
    this.checkOpen()
    const use = run(() => this.#open())
    this.#uses.add(use)
    try {
      return await use
    } finally {
      this.#uses.delete(use)
    }
  }

  /** `stop` ends what runs. */
  close(stop: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(stop)
    return this.#closing
  }

  /** What failed to open is opened again by the next use. */
  #open(): Promise<void> {
    this.#opening ??= this.#driver.open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #close(stop: () => Promise<void>): Promise<void> {
    await Promise.resolve() // so that whoever looks finds it closed
    await Promise.allSettled(this.#uses)
    await stop()
    await this.#driver.close()
  }
}
