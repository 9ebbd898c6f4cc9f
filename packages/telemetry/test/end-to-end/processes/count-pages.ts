import type { Observer } from "@annals/core"

/** The observer, and how often a subscription looked at the store. */
export function countPages(observer: Observer): Observer & { readonly pages: number } {
  let pages = 0
  return {
    get pages() {
      return pages
    },
    around(operation, run) {
      if (operation.name === "page") pages++
      return observer.around(operation, run)
    },
    record: (measurement) => observer.record(measurement),
  }
}
