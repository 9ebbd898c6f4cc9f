import type { BusDriver, BusOptions, EventBus } from "@annals/core"

/** A memory bus with one fault, such as libraries shipped. */
export interface BrokenBus {
  /** What it does wrong. */
  readonly fault: string
  /** The number in TRAPS, where it is one. */
  readonly trap?: number
  /** Puts the fault between the driver and the front. */
  readonly breakDriver?: (driver: BusDriver) => BusDriver
  /** Puts the fault in front of the front. */
  readonly breakBus?: (bus: EventBus, options: BusOptions) => EventBus
  /** The test that is meant to find it, by its own name. */
  readonly foundBy: string
}
