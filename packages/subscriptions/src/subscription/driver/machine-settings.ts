import type { MachineSettings } from "../machine/machine-state.ts"
import type { SubscriptionDefinition } from "../subscription-definition.ts"

/** What the machine needs to know of a definition. */
export function machineSettings<Tx>(definition: SubscriptionDefinition<Tx>): MachineSettings {
  const { handling, checkpointEvery, pageSize, retry, onFailure } = definition
  const takesPages = handling.unit === "batch" && !handling.transactional
  return {
    name: definition.name,
    transactional: handling.transactional,
    batchSize: takesPages ? pageSize : checkpointEvery.events,
    saveEvery: checkpointEvery.events,
    attempts: retry.attempts,
    isPassing: retry.isPassing,
    isPermanent: retry.isPermanent,
    onFailure,
  }
}
