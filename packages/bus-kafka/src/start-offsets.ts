import type { KafkaConnection, KafkaMembership, KafkaPartition, KafkaPosition } from "./kafka-client.ts"
import { codes, hasCode, isFenced } from "./kafka-failure.ts"
import { byLeader, type Leaders } from "./leaders.ts"

/** Whether a group has offsets: it was made before. */
export async function isGroupThere(
  connection: KafkaConnection,
  leaders: Leaders,
  groupId: string,
  topic: string,
): Promise<boolean> {
  const committed = await connection.committed(groupId, await partitionsOf(leaders, topic))
  return committed.some(({ offset }) => offset >= 0)
}

/**
 * Writes down where a new group starts, for all partitions at once and before anybody joins: otherwise what is published before the first commit would be skipped by the
 * next consumer, or all that there is would come.
 */
export async function ensureGroup(
  connection: KafkaConnection,
  leaders: Leaders,
  groupId: string,
  topic: string,
  from: "now" | "earliest",
): Promise<void> {
  // In this order: what is published after somebody else's consumer was ready lies behind these ends, or the group is there already.
  const partitions = await partitionsOf(leaders, topic)
  const starts = await offsetsOf(connection, leaders, partitions, from === "now" ? "end" : "start")
  if (await isGroupThere(connection, leaders, groupId, topic)) return
  try {
    await connection.commit(nobody(groupId), starts)
  } catch (error) {
    // Somebody has joined meanwhile, and has done the same before.
    if (!isFenced(error) && !hasCode(error, codes.rebalanceInProgress)) throw error
  }
}

/** Where a member goes on. A partition without a commit was added to a group that is there already: it starts at its beginning, and that is written down at once. */
export async function startOf(
  connection: KafkaConnection,
  leaders: Leaders,
  membership: KafkaMembership,
  partitions: readonly KafkaPartition[],
): Promise<readonly KafkaPosition[]> {
  if (partitions.length === 0) return []
  const committed = await connection.committed(membership.groupId, partitions)
  const added = committed.filter(({ offset }) => offset < 0)
  if (added.length === 0) return committed
  const starts = await offsetsOf(connection, leaders, added, "start")
  await connection.commit(membership, starts)
  return [...committed.filter(({ offset }) => offset >= 0), ...starts]
}

export async function offsetsOf(
  connection: KafkaConnection,
  leaders: Leaders,
  partitions: readonly KafkaPartition[],
  which: "start" | "end",
): Promise<readonly KafkaPosition[]> {
  const groups = await byLeader(leaders, partitions)
  try {
    const answers = await Promise.all(
      Array.from(groups, ([leader, those]) => connection.offsets(leader, those, which)),
    )
    return answers.flat()
  } catch (error) {
    // Others may lead by now.
    for (const { topic } of partitions) leaders.forget(topic)
    throw error
  }
}

export async function partitionsOf(leaders: Leaders, topic: string): Promise<readonly KafkaPartition[]> {
  return (await leaders.of(topic)).map((_leader, partition) => ({ topic, partition }))
}

function nobody(groupId: string): KafkaMembership {
  return { groupId, memberId: "", generation: -1, protocol: "" }
}
