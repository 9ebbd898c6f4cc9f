import { AnnalsError, type EventReader, type EventStore, type UnitOfWork } from "@annals/core"

/** A store's handle whose connection a test can cut: then every call fails, and what is in a transaction isn't committed. */
export interface SeverableStore {
  readonly store: EventStore
  cut(): void
  mend(): void
}

/**
 * To its log, its leases and its checkpoints a process whose connection is cut looks like one that hangs: it shows no sign of life, and takes up its
 * work as if nothing had happened when the connection is mended.
 */
export function severable(whole: EventStore): SeverableStore {
  let isCut = false
  const check = () => {
    if (!isCut) return
    throw new AnnalsError("STORE_UNAVAILABLE", "the connection is cut (by a test)", { retryable: true })
  }
  const store: EventStore = {
    ...guarded(whole, check),
    checkpoints: guarded(whole.checkpoints, check),
    deadLetters: guarded(whole.deadLetters, check),
    snapshots: guarded(whole.snapshots, check),
    outbox: guarded(whole.outbox, check),
    inbox: guarded(whole.inbox, check),
    leases: guarded(whole.leases, check),
    readModels: guarded(whole.readModels, check),
    readAll: (options) => checkedReader(whole.readAll(options), check),
    readStream: (stream, options) => checkedReader(whole.readStream(stream, options), check),
    async transaction<Result>(work: (unitOfWork: UnitOfWork<unknown>) => Result | PromiseLike<Result>) {
      check()
      return whole.transaction(async (unitOfWork) => {
        const result = await work(unitOfWork)
        check()
        return result
      })
    },
    filterTest: whole.filterTest,
    forTenant: whole.forTenant,
    within: whole.within,
    close: whole.close,
    [Symbol.asyncDispose]: whole[Symbol.asyncDispose],
  }
  return {
    store,
    cut: () => {
      isCut = true
    },
    mend: () => {
      isCut = false
    },
  }
}

function checkedReader<Event>(reader: EventReader<Event>, check: () => void): EventReader<Event> {
  async function* checked<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    check()
    for await (const item of items) {
      check()
      yield item
    }
  }
  return {
    pages: () => checked(reader.pages()),
    undecodedPages: () => checked(reader.undecodedPages()),
    toArray: reader.toArray,
    [Symbol.asyncIterator]: () => checked(reader)[Symbol.asyncIterator](),
  }
}

function guarded<Part extends object>(part: Part, check: () => void): Part {
  const entries = Object.entries(part).map(([name, member]) => [
    name,
    typeof member === "function"
      ? async (...given: unknown[]) => {
          check()
          return (member as (...given: unknown[]) => unknown).apply(part, given)
        }
      : member,
  ])
  return Object.fromEntries(entries) as Part
}
