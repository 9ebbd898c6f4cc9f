import type { Observer, Operation } from "../ports/observer.ts"
import type { StoreSettings } from "./store-options.ts"

/** What all parts of a store's front share. */
export interface StoreFront {
  readonly settings: StoreSettings
  /** Name of the backend. */
  readonly system: string
}

/** Whose operations are told to an observer. */
export interface Observed {
  readonly settings: { readonly observer: Observer | undefined }
  readonly system: string
}

/** Tells the observer, if there is one, of an operation; the operation's metadata reach `run`. */
export function observe<Result>(
  front: Observed,
  describe: () => Omit<Operation, "metadata" | "system">,
  run: (metadata: Record<string, string> | undefined) => Promise<Result>,
): Promise<Result> {
  const { observer } = front.settings
  if (observer === undefined) return run(undefined)
  const operation: Operation = { ...describe(), system: front.system, metadata: {} }
  return observer.around(operation, () => run(operation.metadata))
}

/** Tells the observer, if there is one, of a read, and of how much was read. */
export function observeRead<Page extends { readonly events: readonly unknown[] }>(
  front: Observed,
  describe: () => object,
  run: () => Promise<Page>,
): Promise<Page> {
  const { observer } = front.settings
  if (observer === undefined) return run()
  const operation: Operation = { ...describe(), name: "read", system: front.system, metadata: {} }
  return observer.around(operation, async () => {
    const page = await run()
    operation.eventCount = page.events.length
    return page
  })
}
