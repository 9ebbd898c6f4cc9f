import { describe, expect, it } from "vitest"
import {
  createMemoryStoreDriver,
  createStore,
  defineEvent,
  streamId,
  systemClock,
  type,
} from "../../src/index.ts"

const counted = defineEvent("counted", type<{ n: number }>())
const stream = streamId("counter", "a")

describe("reading up to a bound", () => {
  it("asks the backend for no more events than there are places before it", async () => {
    const driver = createMemoryStoreDriver(systemClock)
    const asked: number[] = []
    const store = createStore({
      ...driver,
      readStream: (key, range) => {
        asked.push(range.limit)
        return driver.readStream(key, range)
      },
      readAll: (filter, range) => {
        asked.push(range.limit)
        return driver.readAll(filter, range)
      },
    })
    await store.append(
      stream,
      Array.from({ length: 100 }, (_, n) => counted({ n })),
    )
    const versions = async (options: Parameters<typeof store.readStream>[1]) =>
      (await store.readStream(stream, options).toArray()).map(({ version }) => version)
    expect(await versions({ after: 40, until: 43 })).toEqual([41, 42, 43])
    expect(await versions({ after: 40, until: 43, direction: "backward" })).toEqual([43, 42, 41])
    expect(await versions({ after: 43, until: 40 })).toEqual([])
    expect((await store.readAll({ after: 98, until: 100 }).toArray()).length).toBe(2)
    expect(asked).toEqual([3, 3, 1, 2])
  })
})
