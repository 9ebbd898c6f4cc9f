import type { Operation, OperationName } from "@annals/core"
import type { Runtime } from "./runtime.ts"

/** Tells the observer, if there is one, of what a subscription does besides handling. */
export function observed<Tx, Result>(
  { store, definition }: Runtime<Tx>,
  name: OperationName,
  details: Pick<Operation, "eventCount" | "eventTypes" | "causes">,
  run: (operation: Pick<Operation, "eventCount">) => Promise<Result>,
): Promise<Result> {
  const { observer } = store
  if (observer === undefined) return run({})
  const operation: Operation = {
    name,
    system: store.name,
    subject: definition.name,
    ...details,
    metadata: {},
  }
  return observer.around(operation, () => run(operation))
}
