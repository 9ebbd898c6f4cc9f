import type { EventStore } from "@annals/core"
import type { Runnable } from "../manager/subscription-manager.ts"
import type { ProcessManager } from "../process-managers/process-manager.ts"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"
import { createDeadlineRunner } from "./create-deadline-runner.ts"

/** Adds a deadline runner where one of the process managers needs it and none was given: without one no deadline ever comes, and nothing says so. */
export function withDeadlineRunner<Tx>(
  store: EventStore<Tx>,
  definitions: readonly SubscriptionDefinition<Tx>[],
  runners: readonly Runnable[],
): readonly Runnable[] {
  const isMissing = definitions.some(hasDeadlines) && !runners.some(({ name }) => name === "deadlines")
  return isMissing ? [...runners, createDeadlineRunner(store)] : runners
}

function hasDeadlines(definition: object & Partial<Pick<ProcessManager, "deadlines">>): boolean {
  return definition.deadlines !== undefined && definition.deadlines.length > 0
}
