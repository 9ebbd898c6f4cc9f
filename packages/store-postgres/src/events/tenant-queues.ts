import type { AppendBatch, AppendOutcome } from "@annals/core"
import type { AppendQueue } from "./append-queue.ts"

interface OpenQueue {
  readonly queue: AppendQueue
  pending: number
}

/**
 * A queue for each tenant that is appending now: under row-level security a call is bound to one tenant, and what travels in it is that
 * tenant's. All handles of a tenant share its queue.
 */
export class TenantQueues {
  readonly #create: (tenant: string) => AppendQueue
  readonly #queues = new Map<string, OpenQueue>()

  constructor(create: (tenant: string) => AppendQueue) {
    this.#create = create
  }

  async append(tenant: string, batch: AppendBatch): Promise<AppendOutcome> {
    const open = this.#queues.get(tenant) ?? this.#open(tenant)
    open.pending++
    try {
      return await open.queue.append(batch)
    } finally {
      open.pending--
      if (open.pending === 0) this.#queues.delete(tenant)
    }
  }

  #open(tenant: string): OpenQueue {
    const open = { queue: this.#create(tenant), pending: 0 }
    this.#queues.set(tenant, open)
    return open
  }
}
