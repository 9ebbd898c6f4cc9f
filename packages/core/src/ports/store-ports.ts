import type { CheckpointStore } from "./checkpoint-store.ts"
import type { DeadLetterStore } from "./dead-letter-store.ts"
import type { InboxStore } from "./inbox-store.ts"
import type { LeaseStore } from "./lease-store.ts"
import type { OutboxStore } from "./outbox-store.ts"
import type { ReadModelStore } from "./read-model-store.ts"
import type { SnapshotStore } from "./snapshot-store.ts"

/**
 * The smaller stores that stand beside the events of a tenant. Taken from a unit of work they are part of its
 * transaction; taken from a store, each call is a transaction of its own.
 */
export interface StorePorts {
  readonly checkpoints: CheckpointStore
  readonly deadLetters: DeadLetterStore
  readonly snapshots: SnapshotStore
  readonly outbox: OutboxStore
  readonly inbox: InboxStore
  readonly leases: LeaseStore
  readonly readModels: ReadModelStore
}
