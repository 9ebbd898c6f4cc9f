// Part 1: events go into a stream, and come out of it in the same order.
import type { EventStore } from "@annals/core"
import { decreased, increased, visitors } from "./counter.ts"

export async function writeAndRead(store: EventStore): Promise<void> {
  await store.append(visitors, [increased({ by: 1 }), increased({ by: 4 }), decreased({ by: 2 })])

  for await (const { version, type, data } of store.readStream(visitors)) {
    console.log(version, type, data)
  }
}
