import assert from "node:assert/strict"
import { type ConsumerOptions, createMemoryStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, recorder, until } from "./received.ts"

/** Trap 44: every option is refused or honoured, alike on every bus; 0 is a value. */
export function options({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("options of a consumer", () => {
    it("are refused with their path where they are wrong", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const wrong: readonly (readonly [path: string, options: object])[] = [
        ["handler", { handler: undefined }],
        ["handler", { handler: "log" }],
        ["order", { order: "any" }],
        ["from", { from: "yesterday" }],
        ["types", { types: [] }],
        ["types", { types: "noted" }],
        ["categories", { categories: [] }],
        ["retry.attempts", { retry: { attempts: 0 } }],
        ["retry.attempts", { retry: { attempts: 1.5 } }],
        ["retry.delayMs", { retry: { delayMs: -1 } }],
        ["retry.delayMs", { retry: { delayMs: "100" } }],
        ["retry.maxDelayMs", { retry: { maxDelayMs: Number.NaN } }],
        ["maxInFlight", { maxInFlight: 0 }],
        ["maxInFlight", { maxInFlight: Number.POSITIVE_INFINITY }],
        ["prefetch", { prefetch: -1 }],
        ["prefetch", { prefetch: 0.5 }],
        ["deadLetters", { order: "none", deadLetters: store.deadLetters }],
        ...(subject.bus.capabilities.keepsHistory ? [] : ([["from", { from: "earliest" }]] as const)),
      ]
      for (const [path, changes] of wrong) {
        const given = { group: anyGroup(), handler: () => {}, ...changes } as ConsumerOptions
        await assert.rejects(async () => subject.bus.subscribe(given), { code: "INVALID_OPTION", path }, path)
      }
      for (const [path, changes] of [
        ["types[1]", { types: ["noted", ""] }],
        ["categories[0]", { categories: ["a\nb"] }],
      ] as const) {
        const given = { group: anyGroup(), handler: () => {}, ...changes }
        await assert.rejects(async () => subject.bus.subscribe(given), { code: "INVALID_NAME", path }, path)
      }
      assert.deepEqual(subject.bus.status().consumers, [])
    })

    it("name groups alike: Latin letters, digits, dot, underscore and hyphen, at most 100", async () => {
      await using subject = await create()
      const { bus } = subject
      const wrong = ["", " ", "a b", "a/b", "a:b", "a*", "ä", "グループ", "a\u0000", "x".repeat(101), 7, null]
      for (const group of [...wrong, undefined] as string[]) {
        const refusal = { code: "INVALID_NAME", path: "group" }
        await assert.rejects(async () => bus.subscribe({ group, handler: () => {} }), refusal, String(group))
        await assert.rejects(async () => bus.deadLetters(group).list(), refusal, String(group))
      }
      const longest = `Z-z_0.${anyGroup()}`.padEnd(100, "9")
      const { handler, handled } = recorder()
      const consumer = await bus.subscribe({ group: longest, handler })
      await bus.publish([eventNamed("a1")])
      await until(() => handled.length === 1)
      assert.deepEqual([consumer.group, consumer.status().group], [longest, longest])
    })

    it("may be 0 where that means something, and 0 then isn't taken for left out", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const attempts: number[] = []
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        retry: { attempts: 200, delayMs: 0, maxDelayMs: 0 },
        prefetch: 0,
        maxInFlight: 1,
        deadLetters: store.deadLetters,
        handler: (_event, { attempt }) => {
          attempts.push(attempt)
          throw new Error("never")
        },
      })
      await subject.bus.publish([eventNamed("a1"), eventNamed("b1")])
      // With the default of 100 ms, doubling, the 200th attempt would come in days.
      await until(async () => (await consumer.deadLetters.list()).length === 2)
      assert.equal(attempts.length, 400)
    })
  })
}
