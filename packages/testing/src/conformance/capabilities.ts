import assert from "node:assert/strict"
import type { EventStore } from "@annals/core"
import type { ConformanceSubject } from "./conformance-subject.ts"
import type { TestContext } from "./runner.ts"

/** How to open the data of a durable store again; `undefined`, and the test skipped, for a store that declares not to be one. */
export function reopening<Tx>(
  subject: ConformanceSubject<Tx>,
  context: TestContext | undefined,
): (() => Promise<EventStore<Tx>>) | undefined {
  if (!subject.store.capabilities.durable) {
    context?.skip?.("the store declares that it isn't durable")
    return undefined
  }
  assert.ok(subject.reopen, "a store that declares to be durable is tested with `reopen`")
  return () => (subject.reopen as () => Promise<EventStore<Tx>>)()
}

/** How to open the store a second time; `undefined`, and the test skipped, for a store that declares to belong to one process. */
export function secondHandle<Tx>(
  subject: ConformanceSubject<Tx>,
  context: TestContext | undefined,
): (() => Promise<EventStore<Tx>>) | undefined {
  if (!subject.store.capabilities.multiProcess) {
    context?.skip?.("the store declares that it belongs to one process")
    return undefined
  }
  assert.ok(subject.secondHandle, "a store that declares to be shared is tested with `secondHandle`")
  return () => (subject.secondHandle as () => Promise<EventStore<Tx>>)()
}
