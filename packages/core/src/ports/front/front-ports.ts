import type { StorePorts } from "../store-ports.ts"
import { frontCheckpointStore } from "./front-checkpoint-store.ts"
import { frontDeadLetterStore } from "./front-dead-letter-store.ts"
import { frontInboxStore } from "./front-inbox-store.ts"
import { frontLeaseStore } from "./front-lease-store.ts"
import { frontOutboxStore } from "./front-outbox-store.ts"
import { frontReadModelStore } from "./front-read-model-store.ts"
import { frontSnapshotStore } from "./front-snapshot-store.ts"
import type { PortGuard } from "./port-guard.ts"

/**
 * Puts the front before a backend's ports: what reaches the backend is validated, copied from the caller's, and has its
 * defaults filled in; no array is empty. Refusals are `INVALID_NAME`, `INVALID_OPTION` and `INVALID_VALUE`, with the path.
 */
export function frontPorts(ports: StorePorts, guard: PortGuard): StorePorts {
  return {
    checkpoints: frontCheckpointStore(ports.checkpoints, guard),
    deadLetters: frontDeadLetterStore(ports.deadLetters, guard),
    snapshots: frontSnapshotStore(ports.snapshots, guard),
    outbox: frontOutboxStore(ports.outbox, guard),
    inbox: frontInboxStore(ports.inbox, guard),
    leases: frontLeaseStore(ports.leases, guard),
    readModels: frontReadModelStore(ports.readModels, guard),
  }
}
