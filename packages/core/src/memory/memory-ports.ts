import type { Clock } from "../ports/clock.ts"
import type { StorePorts } from "../ports/store-ports.ts"
import { createMemoryCheckpointStore } from "./memory-checkpoint-store.ts"
import { createMemoryDeadLetterStore } from "./memory-dead-letter-store.ts"
import { createMemoryInboxStore } from "./memory-inbox-store.ts"
import { createMemoryLeaseStore } from "./memory-lease-store.ts"
import { createMemoryOutboxStore } from "./memory-outbox-store.ts"
import { createMemoryReadModelStore } from "./memory-read-model-store.ts"
import { createMemorySnapshotStore } from "./memory-snapshot-store.ts"
import type { MemoryTables } from "./memory-tables.ts"

/** How a port gets at the tables of its tenant. Each call is one piece of synchronous work, all or nothing. */
export interface TableAccess {
  read<Result>(work: (tables: MemoryTables) => Result): Promise<Result>
  write<Result>(work: (tables: MemoryTables) => Result): Promise<Result>
}

export interface MemoryPortsOptions {
  readonly clock: Clock
  readonly nextSequence: () => number
}

/** The smaller stores of one tenant. */
export function createMemoryPorts(
  access: TableAccess,
  { clock, nextSequence }: MemoryPortsOptions,
): StorePorts {
  return {
    checkpoints: createMemoryCheckpointStore(access, clock),
    deadLetters: createMemoryDeadLetterStore(access, nextSequence),
    snapshots: createMemorySnapshotStore(access),
    outbox: createMemoryOutboxStore(access, clock, nextSequence),
    inbox: createMemoryInboxStore(access),
    leases: createMemoryLeaseStore(access, clock),
    readModels: createMemoryReadModelStore(access),
  }
}
