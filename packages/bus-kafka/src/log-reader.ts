import type { KafkaConnection, KafkaRecord } from "./kafka-client.ts"
import { KafkaFailure } from "./kafka-failure.ts"
import type { Leaders } from "./leaders.ts"
import { offsetsOf, partitionsOf } from "./start-offsets.ts"

const limits = { maxWaitMs: 100, maxBytes: 4_000_000, maxBytesPerPartition: 1_048_576 }

/** Reads a topic from its start to where it ends now. `visit` returns whether to go on. */
export async function readLog(
  connection: KafkaConnection,
  leaders: Leaders,
  topic: string,
  visit: (record: KafkaRecord, partition: number) => boolean,
): Promise<void> {
  leaders.forget(topic)
  const partitions = await partitionsOf(leaders, topic)
  const ends = await offsetsOf(connection, leaders, partitions, "end")
  for (const start of await offsetsOf(connection, leaders, partitions, "start")) {
    const end = ends.find(({ partition }) => partition === start.partition)?.offset ?? 0
    const leader = await leaders.leaderOf(start)
    for (let { offset } = start; offset < end; ) {
      const [fetched] = await connection.fetch(leader, [{ ...start, offset }], limits)
      if (fetched === undefined || fetched.errorCode !== 0) throw unreadable(topic, fetched?.errorCode ?? -1)
      if (fetched.nextOffset <= offset) break // what is left was compacted away
      for (const record of fetched.records) {
        if (record.offset < end && !visit(record, start.partition)) return
      }
      offset = fetched.nextOffset
    }
  }
}

function unreadable(topic: string, code: number): KafkaFailure {
  return new KafkaFailure("protocol", `topic ${topic} can't be read (error ${code})`, { code })
}
