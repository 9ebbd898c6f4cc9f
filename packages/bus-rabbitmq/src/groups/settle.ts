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
): Iterable<readonly [QueueTenure, readonly QueueDelivery[]]> {
  const first = deliveries[0]?.tenure
  // Often they are all of one, and there are many.
  if (first !== undefined && deliveries.every(({ tenure }) => tenure === first)) {
    return first.isLost ? [] : [[first, deliveries]]
  }
  return Map.groupBy(
    deliveries.filter(({ tenure }) => !tenure.isLost),
    ({ tenure }) => tenure,
  )
}
