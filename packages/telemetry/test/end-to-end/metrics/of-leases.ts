import {
  createMemoryStoreDriver,
  createStore,
  type EventStore,
  type LeaseStore,
  type MemoryStoreDriver,
} from "@annals/core"
import { createSubscription, defineSubscription, type SubscriptionDefinition } from "@annals/subscriptions"
import { createFakeClock, type FakeClock } from "@annals/testing"
import { expect, it } from "vitest"
import { createMeters, type Meters, type Readings } from "./meters.ts"
import { advanceUntil, disposeByClock } from "./scene.ts"

const leaseTtlMs = 3_000
const mails = { "annals.subscription": "mails" }
const shared = defineSubscription("mails", { instances: "shared", handle: () => {} })

/** One instance in a process of its own. */
interface Instance {
  readonly meters: Meters
  /** Gives everything back. */
  stop(): Promise<void>
  /** From now on no heartbeat of it gets anywhere. */
  die(): void
}

/** What all instances share. */
interface World extends AsyncDisposable {
  readonly clock: FakeClock
  readonly driver: MemoryStoreDriver
  readonly store: EventStore
  readonly instances: AsyncDisposableStack
  readonly seen: Set<string>
}

const lag = "annals.subscription.lag.time"

/** What changes hands between instances. */
export function metricsOfLeases(seen: Set<string>): void {
  it("slots and changes of leases: one instance joins, one stops, and one dies without giving back", async () => {
    await using world = openWorld(seen)
    const start = (name: string) => startInstance(name, shared, world)
    const until = (instance: Instance, slots: number) => untilItHolds(slots, instance, world)

    const first = await start("first")
    expect(changes(await until(first, 1024))).toEqual({ gained: 1024, lost: 0 })

    const second = await start("second")
    expect(changes(await until(second, 512))).toEqual({ gained: 512, lost: 0 })
    expect(changes(await until(first, 512))).toEqual({ gained: 1024, lost: 512 })

    await first.stop()
    expect(changes(await until(first, 0))).toEqual({ gained: 1024, lost: 1024 })
    expect(changes(await until(second, 1024))).toEqual({ gained: 1024, lost: 0 })

    const third = await start("third")
    await until(third, 512)
    await until(second, 512)
    second.die()
    expect(changes(await until(third, 1024))).toEqual({ gained: 1024, lost: 0 })
    expect(changes(await until(second, 0))).toEqual({ gained: 1024, lost: 1024 })
  })

  it("no lag of an instance that has lost what it was stuck with", async () => {
    await using world = openWorld(seen)
    const handle = () => Promise.reject(new Error("the mail server is away"))
    const retry = { attempts: 1_000, delayMs: 100, maxDelayMs: 100 }
    const stuck = await startInstance("stuck", defineSubscription("mails", { retry, handle }), world)
    await untilItHolds(1024, stuck, world)
    const next = await startInstance("next", defineSubscription("mails", { handle: () => {} }), world)
    await world.store.append({ category: "order", id: "1" }, [{ type: "placed", data: null }])
    const { clock } = world
    await advanceUntil(clock, stuck.meters, ({ gauge }) => (gauge(lag, mails) ?? 0) >= 1)

    stuck.die()
    await advanceUntil(clock, next.meters, ({ count }) => count("annals.subscription.events", mails) === 1)
    await untilItHolds(0, stuck, world)
    expect((await stuck.meters.read()).gauge(lag, mails)).toBe(0)
    expect((await next.meters.read()).gauge(lag, mails)).toBe(0)
  })
}

function openWorld(seen: Set<string>): World {
  const clock = createFakeClock()
  const driver = createMemoryStoreDriver(clock)
  const instances = new AsyncDisposableStack()
  const store = createStore(driver, { clock }) as EventStore
  const close = () => disposeByClock(instances, clock)
  return { clock, driver, store, instances, seen, [Symbol.asyncDispose]: close }
}

function untilItHolds(slots: number, { meters }: Instance, { clock }: World): Promise<Readings> {
  return advanceUntil(clock, meters, ({ gauge }) => gauge("annals.subscription.slots", mails) === slots)
}

function changes({ count }: Readings) {
  const of = (change: string) => count("annals.lease.changes", { ...mails, "annals.lease.change": change })
  return { gained: of("gained"), lost: of("lost") }
}

async function startInstance(
  instance: string,
  definition: SubscriptionDefinition,
  { clock, driver, instances, seen }: World,
): Promise<Instance> {
  const meters = createMeters(seen)
  const whole = createStore(driver, { clock, observer: meters.observer }) as EventStore
  const line = { isCut: false }
  const store: EventStore = { ...whole, leases: cuttable(whole.leases, line) }
  const subscription = createSubscription(store, definition, { instance, leaseTtlMs, random: () => 0 })
  instances.use(subscription)
  await subscription.start()
  return {
    meters,
    stop: () => subscription.stop(),
    die: () => {
      line.isCut = true
    },
  }
}

/** Calls are never answered once the line is cut. */
function cuttable(leases: LeaseStore, line: { readonly isCut: boolean }): LeaseStore {
  return new Proxy(leases, {
    get(target, name: keyof LeaseStore) {
      const call = target[name] as (...given: unknown[]) => unknown
      return (...given: unknown[]) =>
        line.isCut ? new Promise(() => {}) : Reflect.apply(call, target, given)
    },
  })
}
