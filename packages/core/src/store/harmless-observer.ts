import type { Logger } from "../ports/logger.ts"
import type { Observer } from "../ports/observer.ts"

/** An observer whose `record` can't fail what it measures: the first error is logged, the others are of the same kind. */
export function harmlessObserver(observer: Observer, logger: Logger | undefined): Observer {
  let hasFailed = false
  return {
    around: (operation, run) => observer.around(operation, run),
    record(measurement) {
      try {
        observer.record(measurement)
      } catch (error) {
        if (!hasFailed) logger?.error("the observer can't record measurements", { error })
        hasFailed = true
      }
    },
  }
}
