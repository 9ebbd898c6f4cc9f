import type { KafkaConnection, KafkaPartition } from "./kafka-client.ts"
import type { Leaders } from "./leaders.ts"
import { offsetsOf } from "./start-offsets.ts"

/** How many messages of these partitions a group hasn't committed. */
export async function lagOf(
  connection: KafkaConnection,
  leaders: Leaders,
  groupId: string,
  partitions: readonly KafkaPartition[],
): Promise<number> {
  // In this order, so that what is committed meanwhile isn't counted.
  const ends = await offsetsOf(connection, leaders, partitions, "end")
  const starts = byPartition(await offsetsOf(connection, leaders, partitions, "start"))
  const committed = byPartition(await connection.committed(groupId, partitions))
  return ends.reduce((lag, end) => {
    const from = Math.max(committed.get(keyOf(end)) ?? -1, starts.get(keyOf(end)) ?? 0)
    return lag + Math.max(0, end.offset - from)
  }, 0)
}

function byPartition(
  positions: readonly (KafkaPartition & { readonly offset: number })[],
): ReadonlyMap<string, number> {
  return new Map(positions.map((position) => [keyOf(position), position.offset]))
}

function keyOf({ topic, partition }: KafkaPartition): string {
  return `${topic} ${partition}`
}
