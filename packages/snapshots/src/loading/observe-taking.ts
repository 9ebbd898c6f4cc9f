import type { Observer, Operation } from "@annals/core"

/** Tells the observer, if there is one, that a snapshot is written. */
export function observeTaking<Result>(
  observer: Observer | undefined,
  about: Pick<Operation, "system" | "tenant" | "category" | "streamId" | "subject">,
  run: () => Promise<Result>,
): Promise<Result> {
  if (observer === undefined) return run()
  return observer.around({ name: "snapshot", ...about, metadata: {} }, run)
}
