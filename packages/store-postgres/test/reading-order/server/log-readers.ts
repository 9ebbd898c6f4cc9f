import assert from "node:assert/strict"
import type { Position, ReadAllOptions, RecordedEvent } from "@annals/core"
import type { PostgresStore } from "@annals/store-postgres"

/** Ways to read the log, and which events each of them is about. */
export const filters: Readonly<Record<string, ReadAllOptions>> = {
  "the whole log": {},
  "a filtered read": { types: ["wanted"] },
  "a category": { categories: ["account"] },
}

/** What a reader has seen of a schedule. */
interface Progress {
  readonly checkpoint: Position
  readonly seen: readonly RecordedEvent[]
}

/**
 * Readers of one log, one for each way to choose the moments at which it reads. Reading changes nothing for others, so those that have
 * come to the same checkpoint by the same events go on as one.
 */
export class LogReaders {
  readonly #store: PostgresStore
  readonly #options: ReadAllOptions
  #all: Progress[]

  constructor(store: PostgresStore, start: Position, options: ReadAllOptions) {
    this.#store = store
    this.#options = options
    this.#all = [{ checkpoint: start, seen: [] }]
  }

  /** Some read now, and some don't. */
  async someRead(): Promise<void> {
    const known = new Map(this.#all.map((progress) => [keyOf(progress), progress]))
    for (const progress of this.#all) {
      const next = await this.#read(progress)
      known.set(keyOf(next), next)
    }
    this.#all = [...known.values()]
  }

  /** Each reads to the end, and must have seen exactly these events, each once, in the order of the log. */
  async mustHaveSeen(events: readonly RecordedEvent[]): Promise<void> {
    const expected = events.map(({ id }) => id)
    for (const progress of this.#all) {
      const { seen } = await this.#read(progress)
      assert.deepEqual(
        seen.map(({ id }) => id),
        expected,
      )
      mustBeInStreamOrder(seen)
    }
  }

  async #read({ checkpoint, seen }: Progress): Promise<Progress> {
    const events = [...seen]
    let scannedTo = checkpoint
    for await (const page of this.#store.readAll({ ...this.#options, after: checkpoint }).pages()) {
      events.push(...page.events)
      scannedTo = page.scannedTo as Position
    }
    return { checkpoint: scannedTo, seen: events }
  }
}

function keyOf({ checkpoint, seen }: Progress): string {
  return `${checkpoint} ${seen.map(({ position }) => position).join(" ")}`
}

function mustBeInStreamOrder(events: readonly RecordedEvent[]): void {
  const versions = new Map<string, number>()
  for (const { stream, version } of events) {
    assert.ok(version > (versions.get(stream.id) ?? 0), `version ${version} of ${stream.id} comes too late`)
    versions.set(stream.id, version)
  }
}
