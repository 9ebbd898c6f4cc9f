import type { Clock, StorePorts } from "@annals/core"
import type { PortAccess } from "./port-access.ts"
import { createSqliteCheckpointStore } from "./sqlite-checkpoint-store.ts"
import { createSqliteDeadLetterStore } from "./sqlite-dead-letter-store.ts"
import { createSqliteInboxStore } from "./sqlite-inbox-store.ts"
import { createSqliteLeaseStore } from "./sqlite-lease-store.ts"
import { createSqliteOutboxStore } from "./sqlite-outbox-store.ts"
import { createSqliteReadModelStore } from "./sqlite-read-model-store.ts"
import { createSqliteSnapshotStore } from "./sqlite-snapshot-store.ts"

/** The smaller stores of one tenant. */
export function createSqlitePorts(tenant: string, access: PortAccess, clock: Clock): StorePorts {
  return {
    checkpoints: createSqliteCheckpointStore(tenant, access, clock),
    deadLetters: createSqliteDeadLetterStore(tenant, access),
    snapshots: createSqliteSnapshotStore(tenant, access),
    outbox: createSqliteOutboxStore(tenant, access, clock),
    inbox: createSqliteInboxStore(tenant, access),
    leases: createSqliteLeaseStore(tenant, access, clock),
    readModels: createSqliteReadModelStore(tenant, access),
  }
}
