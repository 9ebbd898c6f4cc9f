import { createMemoryStore, type EventStore } from "@annals/core"
import { createFakeClock, type FakeClock } from "@annals/testing"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { slotBlocks } from "../../src/sharing/slot-blocks.ts"
import { TestInstance } from "./test-instance.ts"

const ttlMs = 3000
const deeds = [
  "start",
  "start",
  "stop",
  "kill",
  "freeze",
  "thaw",
  "cut",
  "lose answers",
  "mend",
  "renew",
] as const
const step = fc.record({
  waitMs: fc.constantFrom(0, 1, 50, 300, 700, 1000, 1100, 2500, 3200),
  does: fc.constantFrom(...deeds),
  which: fc.nat(5),
})

describe("memberships that join, leave, die, hang and lose their store, with calls that take their time", () => {
  for (const instances of ["shared", "one-active"] as const) {
    it(`never hold what the store gave to another, and share fairly in the end (${instances})`, {
      timeout: 60_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 25 }),
          fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
          async (steps, randoms) => {
            const clock = createFakeClock()
            await using store = createMemoryStore({ clock })
            const random = () => randoms.next().value as number
            const world = new World(store, clock, instances, random)
            for (const { waitMs, does, which } of steps) {
              world.do(does, which)
              await world.pass(waitMs)
            }
            world.heal()
            await world.pass(10 * ttlMs)
            world.expectFairShare()
            await world.end()
          },
        ),
        { numRuns: 60 },
      )
    })
  }
})

class World {
  readonly #store: EventStore
  readonly #clock: FakeClock
  readonly #instances: "shared" | "one-active"
  readonly #random: () => number
  readonly #running = new Map<number, TestInstance>()
  #started = 0
  #isHealed = false

  constructor(store: EventStore, clock: FakeClock, instances: "shared" | "one-active", random: () => number) {
    this.#store = store
    this.#clock = clock
    this.#instances = instances
    this.#random = random
  }

  do(deed: (typeof deeds)[number], which: number): void {
    const instance = this.#running.get(which)
    if (deed === "start" && instance === undefined) this.#start(which)
    if (instance === undefined) return
    if (deed === "freeze") instance.freeze()
    if (deed === "thaw") instance.thaw()
    if (deed === "cut") instance.line = "cut"
    if (deed === "lose answers") instance.line = "answers lost"
    if (deed === "mend") instance.line = "up"
    if (deed === "renew") void instance.membership.renew()
    if (deed === "stop" && !instance.isFrozen) {
      void instance.membership.stop()
      this.#running.delete(which)
    }
    if (deed === "kill") {
      instance.freeze()
      this.#running.delete(which)
    }
  }

  /** Looks again and again whether whoever believes to hold something does. */
  async pass(milliseconds: number): Promise<void> {
    await this.#clock.advance(0)
    for (let left = milliseconds; left > 0; left -= 100) {
      await this.#clock.advance(Math.min(left, 100))
      const awake = [...this.#running.values()].filter((instance) => !instance.isFrozen)
      const fences = awake.flatMap(({ membership }) => membership.holding.held.map(({ fence }) => fence))
      expect(await this.#store.leases.holds(fences)).toBe(true)
    }
  }

  heal(): void {
    this.#isHealed = true
    for (const instance of this.#running.values()) {
      instance.thaw()
      instance.line = "up"
    }
  }

  expectFairShare(): void {
    const held = [...this.#running.values()].map((instance) => instance.held.length)
    if (held.length === 0) return
    const resources = slotBlocks(this.#instances).map(({ resource }) => resource)
    expect([...this.#running.values()].flatMap((instance) => instance.held).toSorted()).toEqual(resources)
    expect(Math.min(...held)).toBe(Math.floor(resources.length / held.length))
    expect(Math.max(...held)).toBe(Math.ceil(resources.length / held.length))
    for (const { membership } of this.#running.values()) expect(membership.holding.surplus).toEqual([])
  }

  async end(): Promise<void> {
    const stopping = Promise.all([...this.#running.values()].map(({ membership }) => membership.stop()))
    await this.#clock.advance(ttlMs)
    await stopping
  }

  /** Mostly none, seldom longer than leases live; short once all is healed. */
  #delayMs(): number {
    if (this.#random() < 0.6) return 0
    const longestMs = !this.#isHealed && this.#random() < 0.1 ? 1.5 * ttlMs : 400
    return Math.floor(this.#random() * longestMs)
  }

  #start(which: number): void {
    this.#running.set(
      which,
      new TestInstance(this.#store, this.#clock, {
        owner: `${which}-${this.#started++}`,
        instances: this.#instances,
        ttlMs,
        random: this.#random,
        delayMs: () => this.#delayMs(),
      }),
    )
  }
}
