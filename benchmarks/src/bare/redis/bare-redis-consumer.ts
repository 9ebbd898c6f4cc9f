import type { Redis } from "ioredis"
import type { PlainRecorded } from "../plain-event.ts"

export interface BareRedisConsumer {
  stop(): Promise<void>
}

export interface BareRedisConsumerOptions {
  readonly group: string
  readonly name: string
  readonly keys: readonly string[]
  readonly handle: (event: PlainRecorded) => void | Promise<void>
}

type Entries = readonly (readonly [id: string, fields: readonly [name: string, event: string]])[]
type Page = readonly (readonly [key: string, entries: Entries])[] | null

/** Events read at a time, over all streams. */
const pageEvents = 1000
const blockMs = 500

/**
 * Reads on one connection, where reading blocks, and acknowledges on another. The next page is on its way while one is handled; what is handled of a
 * stream is acknowledged together.
 */
export async function startConsumer(
  redis: Redis,
  { group, name, keys, handle }: BareRedisConsumerOptions,
): Promise<BareRedisConsumer> {
  const reader = redis.duplicate({ lazyConnect: true })
  const acknowledger = redis.duplicate({ lazyConnect: true })
  await Promise.all([reader.connect(), acknowledger.connect()])
  const count = Math.ceil(pageEvents / keys.length)
  const newOnes = keys.map(() => ">")
  const readPage = () =>
    reader.xreadgroup(
      "GROUP",
      group,
      name,
      "COUNT",
      count,
      "BLOCK",
      blockMs,
      "STREAMS",
      ...keys,
      ...newOnes,
    ) as Promise<Page>
  let stopped = false
  const run = async () => {
    let next = readPage()
    while (true) {
      const page = await next
      if (stopped && page === null) return
      next = readPage()
      for (const [key, entries] of page ?? []) {
        for (const [, [, text]] of entries) {
          const handled = handle(JSON.parse(text) as PlainRecorded)
          if (handled !== undefined) await handled
        }
        void acknowledger.xack(key, group, ...entries.map(([id]) => id))
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      await running
      await acknowledger.quit()
      reader.disconnect()
    },
  }
}
