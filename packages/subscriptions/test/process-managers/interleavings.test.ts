import { createRepository, defineEvents, type EventStore, type RecordedEvent } from "@annals/core"
import { createFakeClock, type FakeClock } from "@annals/testing"
import fc from "fast-check"
import { expect, it } from "vitest"
import { createDeadlineRunner } from "../../src/index.ts"
import { describeStores } from "../subjects/stores.ts"
import { createExpectedShop, type ExpectedShop } from "./expected-shop.ts"
import { handleEvent } from "./handle-event.ts"
import {
  defineFulfilment,
  noteTaken,
  orderPlaced,
  patienceMs,
  pay,
  paymentOverdue,
  paymentReceived,
  placeOrder,
  stock,
  takeNote,
} from "./shop.ts"

const fulfilment = defineFulfilment()
const orders = ["a", "b", "c"]
const stocked = 3

const anOrder = fc.constantFrom(...orders)
const aNumber = fc.nat({ max: 1_000 })
const aStep = fc.oneof(
  fc.record({ do: fc.constant("place" as const), order: anOrder, quantity: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("pay" as const), order: anOrder }),
  fc.record({ do: fc.constant("note" as const), order: anOrder }),
  // Any of those that haven't been, as instances that share the streams do it.
  { weight: 3, arbitrary: fc.record({ do: fc.constant("deliver" as const), which: aNumber }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("redeliver" as const), which: aNumber }) },
  fc.record({ do: fc.constant("pass-time" as const), ms: fc.nat({ max: patienceMs }) }),
  fc.record({ do: fc.constant("run-deadlines" as const) }),
)
type Step = typeof aStep extends fc.Arbitrary<infer Value> ? Value : never

describeStores("a process manager, in whichever order things come and however often", (open) => {
  it("does what happens one after the other, each thing once", async () => {
    const clock = createFakeClock()
    await using scene = await open({ clock })
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 30 }), async (steps) => {
        await new Run(scene.store, clock, `${run++}`).check(steps)
      }),
      { numRuns: scene.store.name === "memory" ? 100 : 12 },
    )
  })
})

/** One series of steps, with orders and a product of its own. */
class Run {
  readonly #store: EventStore
  readonly #clock: FakeClock
  readonly #name: string
  readonly #expected: ExpectedShop = createExpectedShop(stocked, patienceMs)
  readonly #delivered: RecordedEvent[] = []
  #from = 0

  constructor(store: EventStore, clock: FakeClock, name: string) {
    this.#store = store
    this.#clock = clock
    this.#name = name
  }

  async check(steps: readonly Step[]): Promise<void> {
    this.#from = await this.#store.head()
    await createRepository(this.#store, stock).execute(this.#name, "stock", { quantity: stocked })
    for (const step of steps) await this.#take(step)
    await this.#finish()
    for (const order of orders)
      expect(await this.#statusOf(order), order).toBe(this.#expected.statusOf(order))
    const { state } = await createRepository(this.#store, stock).load(this.#name)
    expect(state.free).toBe(this.#expected.free())
    expect((await this.#store.readModels.find("$deadlines")).rows).toEqual([])
    const messages = await this.#store.outbox.read()
    expect(messages.length).toBe(this.#expected.messages())
    await this.#store.outbox.remove(messages.map(({ id }) => id))
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case "place":
        this.#clock.set(this.#clock.now() + 1) // so that no two deadlines are over at the same time
        return void (await placeOrder(this.#store, this.#id(step.order), this.#name, step.quantity))
      case "pay":
        return void (await pay(this.#store, this.#id(step.order)))
      case "note":
        return void (await takeNote(this.#store, this.#id(step.order)))
      case "deliver": {
        const waiting = await this.#waiting()
        const event = waiting[step.which % Math.max(1, waiting.length)]
        return event && this.#deliver(event)
      }
      case "redeliver": {
        const event = this.#delivered[step.which % Math.max(1, this.#delivered.length)]
        return event && this.#handle(event)
      }
      case "pass-time":
        return this.#clock.set(this.#clock.now() + step.ms)
      case "run-deadlines":
        return this.#runDeadlines()
      default:
        step satisfies never
    }
  }

  /** All deadlines are over, and everything is delivered, and delivered again. */
  async #finish(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      for (const event of await this.#waiting()) await this.#deliver(event)
      for (const event of this.#delivered) await this.#handle(event)
      this.#clock.set(this.#clock.now() + patienceMs)
      await this.#runDeadlines()
    }
    for (const event of await this.#waiting()) await this.#deliver(event)
    for (const event of this.#delivered) await this.#handle(event)
  }

  async #deliver(event: RecordedEvent): Promise<void> {
    this.#delivered.push(event)
    await this.#handle(event)
    this.#expected.handle(event, this.#orderOf(event))
  }

  #handle(event: RecordedEvent): Promise<void> {
    return this.#store.transaction((unitOfWork) => handleEvent(fulfilment, event, unitOfWork))
  }

  async #runDeadlines(): Promise<void> {
    const runner = createDeadlineRunner(this.#store)
    await runner.start()
    await runner.stop()
    this.#expected.runDeadlines(this.#clock.now())
  }

  async #waiting(): Promise<RecordedEvent[]> {
    const types = [orderPlaced, paymentReceived, noteTaken, paymentOverdue]
    const events = await this.#store
      .readAll({ types: types.map(({ type }) => type), events: defineEvents(types), after: this.#from })
      .toArray()
    return events.filter(({ id }) => !this.#delivered.some((event) => event.id === id))
  }

  async #statusOf(order: string): Promise<string> {
    let state = fulfilment.initial()
    for await (const event of this.#store.readStream(fulfilment.category.stream(this.#id(order)))) {
      state = fulfilment.evolve(state, event)
    }
    return state.status
  }

  #id(order: string): string {
    return `${this.#name}-${order}`
  }

  #orderOf({ stream, data }: RecordedEvent): string {
    const id = (data as { orderId?: string }).orderId ?? stream.id
    return id.slice(this.#name.length + 1)
  }
}
