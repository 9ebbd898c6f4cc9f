import type { Observer } from "@annals/core"

/** The observer, and how often a subscription looked at the store for nothing. */
export function countEmptyPages(observer: Observer): Observer & { readonly emptyPages: number } {
  let emptyPages = 0
  return {
    get emptyPages() {
      return emptyPages
    },
    async around(operation, run) {
      const result = await observer.around(operation, run)
      if (operation.name === "page" && operation.eventCount === 0) emptyPages++
      return result
    },
    record: (measurement) => observer.record(measurement),
  }
}
