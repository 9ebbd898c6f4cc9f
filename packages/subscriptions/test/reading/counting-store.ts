import type { EventStore, ReadAllOptions } from "@annals/core"

/** A store whose reads of the log are written down. */
export function countReads<Tx>(store: EventStore<Tx>) {
  const reads: ReadAllOptions[] = []
  const counted = {
    filterTest: store.filterTest,
    readAll: ((options: ReadAllOptions) => {
      reads.push(options)
      return store.readAll(options)
    }) as EventStore["readAll"],
  }
  return { counted, reads }
}
