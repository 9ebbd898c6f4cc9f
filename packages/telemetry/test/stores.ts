import { createMemoryStore, type EventStore, type Observer } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe } from "vitest"
import { events } from "./bank.ts"

/** Runs tests on stores of two kinds. */
export function describeStores(
  what: string,
  tests: (open: (observer: Observer) => EventStore) => void,
): void {
  describe.each([
    ["memory", (observer: Observer) => createMemoryStore({ observer, events })],
    ["sqlite", (observer: Observer) => createSqliteStore({ file: ":memory:", observer, events })],
  ] as const)(`${what}, on %s`, (_name, open) => tests(open as (observer: Observer) => EventStore))
}
