import { describe, expect, it } from "vitest"
import {
  createMemoryStore,
  defineCategory,
  defineEvent,
  type StoreOptions,
  streamId,
  type,
} from "../../src/index.ts"

const opened = defineEvent("opened", type<string>())

describe("a store's options, from a program without a compiler", () => {
  it.each([
    ["events", { events: [opened] }],
    ["unreadable", { unreadable: "ignore" }],
    ["codecs", { codecs: 5 }],
    ["codecs[0]", { codecs: [{ encode: () => {} }] }],
    ["serializer", { serializer: { serialize: () => {} } }],
    ["clock", { clock: {} }],
    ["logger", { logger: { info: () => {} } }],
    ["observer", { observer: null }],
    ["generateId", { generateId: "uuid" }],
    ["maxEventSize", { maxEventSize: 0 }],
  ])("are refused at once, with the path: %s", (path, options) => {
    expect(() => createMemoryStore(options as unknown as StoreOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path }),
    )
  })

  it("are refused where a read or a category is given something else than a set of types", async () => {
    await using store = createMemoryStore()
    const invalid = expect.objectContaining({ code: "INVALID_OPTION", path: "events" })
    expect(() => store.readStream(streamId("a", "b"), { events: [opened] } as never)).toThrow(invalid)
    expect(() => defineCategory("account", null as never)).toThrow(invalid)
  })
})
