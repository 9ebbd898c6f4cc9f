import type { Clock, StorePorts } from "@annals/core"
import type { SqlRunner } from "../sql/sql-runner.ts"
import { createPostgresCheckpointStore } from "./postgres-checkpoint-store.ts"
import { createPostgresDeadLetterStore } from "./postgres-dead-letter-store.ts"
import { createPostgresInboxStore } from "./postgres-inbox-store.ts"
import { createPostgresLeaseStore } from "./postgres-lease-store.ts"
import { createPostgresOutboxStore } from "./postgres-outbox-store.ts"
import { createPostgresReadModelStore } from "./postgres-read-model-store.ts"
import { createPostgresSnapshotStore } from "./postgres-snapshot-store.ts"

/** The smaller stores of one tenant. Leases go by the database's time; the clock stamps messages. */
export function createPostgresPorts(runner: SqlRunner, tenant: string, clock: Clock): StorePorts {
  return {
    checkpoints: createPostgresCheckpointStore(runner, tenant),
    deadLetters: createPostgresDeadLetterStore(runner, tenant),
    snapshots: createPostgresSnapshotStore(runner, tenant),
    outbox: createPostgresOutboxStore(runner, tenant, clock),
    inbox: createPostgresInboxStore(runner, tenant),
    leases: createPostgresLeaseStore(runner, tenant),
    readModels: createPostgresReadModelStore(runner, tenant),
  }
}
