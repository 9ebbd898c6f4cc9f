import type { StorePorts } from "@annals/core"
import { createFakeClock } from "../../time/fake-clock.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { checkpointStoreConformance } from "./checkpoint-store-conformance.ts"
import { deadLetterStoreConformance } from "./dead-letter-store-conformance.ts"
import { fencing } from "./fencing.ts"
import { inboxStoreConformance } from "./inbox-store-conformance.ts"
import { leaseStoreConformance } from "./lease-store-conformance.ts"
import { outboxStoreConformance } from "./outbox-store-conformance.ts"
import type { CreatePorts } from "./port-subject.ts"
import { portTenants } from "./port-tenants.ts"
import { readModelStoreConformance } from "./read-model-store-conformance.ts"
import { snapshotStoreConformance } from "./snapshot-store-conformance.ts"
import type { CreateSnapshotStoreSubject } from "./snapshot-store-subject.ts"

const parts: readonly ((runner: Runner, create: CreatePorts) => void)[] = [
  checkpointStoreConformance,
  leaseStoreConformance,
  fencing,
  deadLetterStoreConformance,
  (runner, create) => snapshotStoreConformance(runner, snapshotsOf(create)),
  outboxStoreConformance,
  inboxStoreConformance,
  readModelStoreConformance,
]

/**
 * The suites of all smaller ports, run on the ports that a store carries, and their separation by tenant.
 *
 * @example
 * storePortsConformance({ describe, it }, createSubject)
 */
export function storePortsConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  runner.describe("StorePorts", () => {
    for (const part of parts) part(runner, portsOf(create))
    portTenants(runner, create)
  })
}

/** A store judges leases by the clock that it was given, or by its database's: the suites can cope with both. */
function portsOf<Tx>(create: CreateSubject<Tx>): CreatePorts {
  return async () => {
    const clock = createFakeClock()
    const subject = await create({ clock })
    const ports: StorePorts = subject.store
    return { ports, elapse: clock.advance, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() }
  }
}

function snapshotsOf(create: CreatePorts): CreateSnapshotStoreSubject {
  return async () => {
    const subject = await create()
    const { snapshots } = subject.ports
    return { snapshots, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() }
  }
}
