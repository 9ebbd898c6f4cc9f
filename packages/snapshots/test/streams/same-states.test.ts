import { createRepository, type EventStore, type SnapshotStore, type UnitOfWork } from "@annals/core"
import {
  afterReplaying,
  anyOf,
  createEventSnapshotStore,
  createSnapshots,
  everyEvents,
  never,
  type SnapshotPlace,
  type SnapshotPolicy,
  type Snapshots,
} from "@annals/snapshots"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { damage, keyOf, stores } from "./stores.ts"
import { changingTally, Tally, type TallyState, tally } from "./tallies.ts"

type How = "execute" | "save" | "within" | "rolled back"

/** An aggregate of any style: what is done with them here is the same. */
interface AnyTally {
  execute?(command: "add", amounts: readonly number[]): void
  add?(amounts: readonly number[]): void
  readonly state?: TallyState
  readonly seen?: TallyState
}

/** A repository of any style. */
interface AnyRepository {
  load(id: string, options: { readonly atVersion?: number }): Promise<AnyTally>
  loadOrCreate(id: string): Promise<AnyTally>
  save(root: AnyTally): Promise<unknown>
  execute(id: string, command: "add" | "clear", payload: unknown): Promise<unknown>
  within(unitOfWork: UnitOfWork<unknown>): AnyRepository
}

/** A repository with its snapshots: a process, as it were. */
interface Writer {
  readonly snapshots: Snapshots<unknown>
  readonly repository: AnyRepository
}

const repositoryOf = (store: EventStore, definition: object, options: object = {}) =>
  createRepository(store, definition as typeof tally, options) as unknown as AnyRepository

function open(store: EventStore, definition: object, setting: Setting): Writer {
  const { cached, place, failEvery, ...options } = setting
  const form = definition === Tally ? { form: Tally.form } : {}
  const snapshotStore = failingNowAndThen(place, failEvery)
  const given = { ...options, ...form, snapshotStore } as object
  const snapshots = createSnapshots(store, definition as typeof tally, given)
  const cache = cached && definition !== Tally ? { cache: {} } : {}
  return { snapshots, repository: repositoryOf(store, definition, { snapshots, ...cache }) }
}

const injected = new Error("the snapshot store fails now and then")

/** Snapshots of the store, or events in side streams; each so many calls one fails. */
function failingNowAndThen(kind: "rows" | "events", every: number) {
  let calls = 0
  const call = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    if (++calls % every === 0) throw injected
    return run()
  }
  return ({ snapshots, events }: SnapshotPlace): SnapshotStore => {
    const place = kind === "rows" ? snapshots : createEventSnapshotStore(events)
    return {
      load: (key, atMost) => call(() => place.load(key, atMost)),
      save: (key, snapshot) => call(() => place.save(key, snapshot)),
      prune: (key, keepLast) => call(() => place.prune(key, keepLast)),
    }
  }
}

/** What writes a snapshot where it must be written may fail as its store does. Loads may not. */
async function unlessInjected(work: Promise<unknown>): Promise<void> {
  await work.catch((error: Error) => {
    if (error !== injected && error.cause !== injected) throw error
  })
}

async function stateAt(repository: AnyRepository, id: string, atVersion?: number): Promise<TallyState> {
  const { state, seen } = await repository.load(id, atVersion === undefined ? {} : { atVersion })
  return (seen ?? state) as TallyState
}

async function add(
  store: EventStore,
  repository: AnyRepository,
  id: string,
  amounts: readonly number[],
  how: How,
) {
  if (how === "execute") return void (await repository.execute(id, "add", amounts))
  if (how === "save") return addBySaves(repository, id, amounts)
  const work = store.transaction(async (unitOfWork) => {
    const inside = repository.within(unitOfWork)
    await inside.execute(id, "add", amounts)
    await inside.execute(id, "add", [1])
    if (how === "rolled back") throw new Error("undo")
  })
  await work.catch((error: Error) => {
    if (error.message !== "undo") throw error
  })
}

/** One aggregate, which lives as long as all of it takes. */
async function addBySaves(repository: AnyRepository, id: string, amounts: readonly number[]) {
  const root = await repository.loadOrCreate(id)
  for (const amount of amounts) {
    if (root.add === undefined) root.execute?.("add", [amount])
    else root.add([amount])
    await repository.save(root)
  }
}

const ids = fc.constantFrom("a", "b")
const amounts = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 7 })
const how = fc.constantFrom<How>("execute", "save", "within", "rolled back")
const damages = fc.constantFrom(
  { body: "{" },
  { body: "5", encoding: "none" },
  { schemaVersion: 2 },
  { body: '"text"', schemaVersion: 9 },
)
const policies = fc.constantFrom<SnapshotPolicy>(
  everyEvents(3),
  afterReplaying(4),
  () => true,
  never(),
  anyOf(everyEvents(7), ({ toRevision }) => {
    if (toRevision % 5 === 0) throw new Error("no idea")
    return toRevision % 2 === 0
  }),
)
const settings = fc.record({
  policy: policies,
  take: fc.constantFrom("after", "transaction", "background" as const),
  keepLast: fc.constantFrom(1, 2, "all" as const),
  cached: fc.boolean(),
  place: fc.constantFrom("rows", "rows", "events" as const),
  // From never to often.
  failEvery: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 7, 3),
})

type Step =
  | {
      readonly do: "add"
      readonly id: string
      readonly amounts: number[]
      readonly how: How
      readonly by: number
    }
  | { readonly do: "add at once"; readonly id: string; readonly amounts: number[] }
  | { readonly do: "clear" | "take" | "remove"; readonly id: string; readonly by: number }
  | { readonly do: "restart"; readonly by: number; readonly closed: boolean }
  | { readonly do: "damage"; readonly id: string; readonly change: { readonly body?: string } }
  | { readonly do: "load"; readonly id: string; readonly by: number; readonly atVersion: number | undefined }

const by = fc.integer({ min: 0, max: 1 })
const atVersion = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("add" as const), id: ids, amounts, how, by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("add at once" as const), id: ids, amounts }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("clear", "take", "remove" as const), id: ids, by }),
  },
  fc.record({ do: fc.constant("restart" as const), by, closed: fc.boolean() }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("damage" as const), id: ids, change: damages }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("load" as const), id: ids, by, atVersion }) },
)

/** Two processes with snapshots over one store, of which another one without says what the states are. */
class Run {
  readonly #store: EventStore
  readonly #definition: object
  readonly #settings: readonly Setting[]
  readonly #writers: Writer[]
  readonly #plain: AnyRepository

  constructor(store: EventStore, definition: object, given: readonly Setting[]) {
    this.#store = store
    this.#definition = definition
    this.#settings = given
    this.#writers = given.map((setting) => open(store, definition, setting))
    this.#plain = repositoryOf(store, definition)
  }

  async take(step: Step): Promise<void> {
    if (step.do === "add at once") {
      const each = (amount: number, at: number) =>
        unlessInjected(this.#writer(at % 2).repository.execute(step.id, "add", [amount]))
      await Promise.all(step.amounts.map(each))
    } else if (step.do === "damage") {
      if ((await this.#store.snapshots.load(keyOf(step.id))) !== undefined)
        await damage(this.#store, step.id, step.change)
    } else if (step.do === "restart") {
      if (step.closed) await this.#writer(step.by).snapshots.close()
      this.#writers[step.by] = open(this.#store, this.#definition, this.#settings[step.by] as Setting)
    } else await this.#takeBy(this.#writer(step.by), step)
  }

  /** Every version, as a new process and those that were at it see them. */
  async check(): Promise<void> {
    for (const { snapshots } of this.#writers) await snapshots.close()
    const all = [...this.#writers, open(this.#store, this.#definition, this.#settings[0] as Setting)]
    for (const id of ["a", "b"]) {
      for (let version = await this.#version(id); version > 0; version--) {
        const { repository } = all[version % all.length] as Writer
        expect(await stateAt(repository, id, version)).toEqual(await stateAt(this.#plain, id, version))
      }
      if ((await this.#version(id)) === 0) continue
      const newest = await stateAt(this.#plain, id)
      for (const { repository } of all) expect(await stateAt(repository, id)).toEqual(newest)
    }
  }

  async #takeBy(
    { repository, snapshots }: Writer,
    step: Extract<Step, { readonly id: string; readonly by: number }>,
  ) {
    const { id } = step
    if (step.do === "add") return unlessInjected(add(this.#store, repository, id, step.amounts, step.how))
    if (step.do === "clear") return unlessInjected(repository.execute(id, "clear", "me"))
    if (step.do === "remove") return unlessInjected(snapshots.remove(id))
    const version = await this.#version(id)
    if (version === 0) return
    if (step.do !== "load") return unlessInjected(snapshots.take(id))
    const at = Math.min(step.atVersion ?? version, version)
    expect(await stateAt(repository, id, at)).toEqual(await stateAt(this.#plain, id, at))
  }

  #writer(by: number): Writer {
    return this.#writers[by] as Writer
  }

  #version(id: string): Promise<number> {
    return this.#store.streamVersion({ category: "tally", id })
  }
}

type Setting = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

describe("with snapshots, all states are those that the events lead to", () => {
  for (const [name, definition] of Object.entries({
    "a decider": tally,
    "a declared aggregate": changingTally,
    "a class": Tally,
  })) {
    for (const [storeName, numRuns] of [
      ["memory", 50],
      ["SQLite", 5],
    ] as const) {
      it(`of ${name}, on ${storeName}`, async () => {
        const steps = fc.array(step, { minLength: 3, maxLength: 16 })
        const property = fc.asyncProperty(fc.tuple(settings, settings), steps, async (given, taken) => {
          await using store = (stores[storeName] as () => EventStore)()
          const run = new Run(store, definition, given)
          for (const each of taken) await run.take(each)
          await run.check()
        })
        await fc.assert(property, { numRuns })
      })
    }
  }
})
