import assert from "node:assert/strict"
import { inspect } from "node:util"
import { createRedisBus, type RedisBusOptions } from "@annals/bus-redis"
import { describe, it } from "vitest"
import { keySlot } from "../src/connection/key-slot.ts"
import { eventsNamed } from "./events.ts"

const url = "redis://shop:s3cret@localhost"
const nodes = [{ host: "localhost", port: 7000 }]

describe("the options of a bus on Redis", () => {
  it("are refused with their path, and without what is secret in them", () => {
    const refused: readonly (readonly [path: string, options: object])[] = [
      ["url", {}],
      ["url", { url, cluster: { nodes } }],
      ["url", { url: "" }],
      ["url", { url: "s3cret" }],
      ["url", { url: "http://shop:s3cret@localhost" }],
      ["url", { url: "redis://shop:s3cret%@localhost" }],
      ["url", { url: `${url}/s3cret` }],
      ["cluster.nodes", { cluster: { nodes: [] } }],
      ["cluster.nodes[1].host", { cluster: { nodes: [...nodes, { host: "", port: 1 }] } }],
      ["cluster.nodes[0].port", { cluster: { nodes: [{ host: "a", port: 70_000 }] } }],
      ["sentinel.nodes", { sentinel: { name: "main" } }],
      ["sentinel.name", { sentinel: { nodes, name: "" } }],
      ["sentinel.database", { sentinel: { nodes, name: "main", database: -1 } }],
      ["topic", { url, topic: "" }],
      ["topic", { url, topic: "{shop}" }],
      ["partitions", { url, partitions: 0 }],
      ["partitions", { url, partitions: 1_025 }],
      ["leaseMs", { url, leaseMs: 99 }],
      ["maxLength", { url, maxLength: -1 }],
      ["maxAgeMs", { url, maxAgeMs: 0.5 }],
      ["trimIntervalMs", { url, trimIntervalMs: 0 }],
    ]
    for (const [path, options] of refused) {
      assert.throws(
        () => createRedisBus(options as RedisBusOptions),
        (error: Error) => {
          assert.partialDeepStrictEqual({ ...error }, { code: "INVALID_OPTION", path })
          assert.doesNotMatch(inspect(error, { showHidden: true, depth: 10 }), /s3cret/)
          return true
        },
      )
    }
  })

  it("connect nothing: a bus that is never used is closed at once", async () => {
    const bus = createRedisBus({ url: "redis://192.0.2.1:1" })
    assert.equal(bus.status().state, "open")
    await bus.close()
  })

  it("that lead nowhere are told of at the first use, again at the next, and never with the password", async () => {
    const nowhere = { host: "127.0.0.1", port: 1 }
    const ways: readonly RedisBusOptions[] = [
      { url: "redis://shop:s3cret@127.0.0.1:1" },
      { cluster: { nodes: [nowhere] }, password: "s3cret" },
    ]
    for (const options of ways) {
      await using bus = createRedisBus(options)
      for (let time = 0; time < 2; time++) {
        await assert.rejects(bus.publish(eventsNamed("a1")), (error: Error) => {
          assert.partialDeepStrictEqual({ ...error }, { code: "BUS_UNAVAILABLE", retryable: true })
          assert.doesNotMatch(inspect(error, { showHidden: true, depth: 10 }), /s3cret/)
          return true
        })
      }
      assert.equal((await bus.health()).healthy, false)
    }
  })
})

describe("the slot of a key in a cluster", () => {
  it("is that of its hash tag, as Redis says", () => {
    assert.equal(keySlot("123456789"), 12_739)
    assert.equal(keySlot("{123456789}:lease:g"), 12_739)
    assert.equal(keySlot("foo"), 12_182)
  })
})
