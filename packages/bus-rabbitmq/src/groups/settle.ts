import type { QueueDelivery, QueueTenure } from "../consuming/delivery.ts"
import type { HandOver } from "../consuming/hand-over.ts"

/** Acknowledges deliveries. Those of a tenure that is lost are nobody's concern here any more. */
export function acknowledge(deliveries: readonly QueueDelivery[], handOver: HandOver): void {
  for (const [tenure, own] of byTenure(deliveries)) {
    tenure.consumer.acknowledge(tenure, own)
    handOver.settled(tenure, own.length)
  }
}

/** Counts deliveries as settled, and leaves them with the broker as they are. */
export function release(deliveries: readonly QueueDelivery[], handOver: HandOver): void {
  for (const [tenure, own] of byTenure(deliveries)) handOver.settled(tenure, own.length)
}

export function byTenure(
  deliveries: readonly QueueDelivery[],
): ReadonlyMap<QueueTenure, readonly QueueDelivery[]> {
  return Map.groupBy(
    deliveries.filter(({ tenure }) => !tenure.lost.aborted),
    ({ tenure }) => tenure,
  )
}
