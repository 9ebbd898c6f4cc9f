import assert from "node:assert/strict"
import type { OutboxMessage } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

function message(number: number, topic = "mail", rest: Partial<OutboxMessage> = {}): OutboxMessage {
  return { id: sequentialId(number), topic, body: { number }, ...rest }
}

/** What `OutboxStore` promises: messages oldest first, each once, until they are sent. */
export function outboxStoreConformance({ describe, it }: Runner, create: CreatePorts<"outbox">): void {
  describe("OutboxStore", () => {
    it("gives messages oldest first, as they were added", async () => {
      await using subject = await create()
      const { outbox } = subject.ports
      const full = message(2, "mail", {
        key: "alice",
        headers: { trace: "ä'\"" },
        body: { deep: [null, true, "ä", 0.5] },
      })
      await outbox.add([message(3), full])
      await outbox.add([message(1)])
      const read = await outbox.read()
      assert.deepEqual(
        read.map(({ sequence: _sequence, addedAt: _addedAt, ...rest }) => rest),
        [message(3), full, message(1)],
      )
      const sequences = read.map(({ sequence }) => sequence)
      assert.deepEqual(
        sequences,
        [...new Set(sequences)].toSorted((a, b) => a - b),
      )
      assert.ok(read.every(({ addedAt }) => Number.isSafeInteger(addedAt)))
    })

    it("keeps the same id once, as it was first", async () => {
      await using subject = await create()
      const { outbox } = subject.ports
      await outbox.add([message(1)])
      await outbox.add([message(1, "other"), message(2), message(2, "twice")])
      assert.deepEqual(
        (await outbox.read()).map(({ id, topic }) => [id, topic]),
        [
          [sequentialId(1), "mail"],
          [sequentialId(2), "mail"],
        ],
      )
    })

    it("reads by topic, from a sequence on, up to a limit", async () => {
      await using subject = await create()
      const { outbox } = subject.ports
      await outbox.add([message(1), message(2, "sms"), message(3), message(4, "sms"), message(5)])
      const ids = async (options: Parameters<typeof outbox.read>[0]) =>
        (await outbox.read(options)).map(({ body }) => (body as { number: number }).number)
      assert.deepEqual(await ids({ topic: "sms" }), [2, 4])
      assert.deepEqual(await ids({ limit: 2 }), [1, 2])
      const second = (await outbox.read())[1]?.sequence as number
      assert.deepEqual(await ids({ after: second }), [3, 4, 5])
      assert.deepEqual(await ids({ after: second, topic: "mail", limit: 1 }), [3])
      assert.deepEqual(await ids({ topic: "nowhere" }), [])
    })

    it("forgets what was sent, and says how many there were", async () => {
      await using subject = await create()
      const { outbox } = subject.ports
      await outbox.add([message(1), message(2), message(3)])
      assert.equal(await outbox.remove([sequentialId(1), sequentialId(3), sequentialId(9)]), 2)
      assert.equal(await outbox.remove([sequentialId(1)]), 0)
      assert.deepEqual(
        (await outbox.read()).map(({ id }) => id),
        [sequentialId(2)],
      )
    })

    it("goes on counting its sequence when everything was sent", async () => {
      await using subject = await create()
      const { outbox } = subject.ports
      await outbox.add([message(1), message(2)])
      const before = (await outbox.read()).at(-1)?.sequence as number
      await outbox.remove([sequentialId(1), sequentialId(2)])
      await outbox.add([message(3)])
      assert.ok(((await outbox.read())[0]?.sequence as number) > before)
    })

    it("refuses a body that can't be stored exactly", async () => {
      await using subject = await create()
      const { outbox } = subject.ports
      await assert.rejects(
        outbox.add([message(1), message(2, "mail", { body: { at: new Date(0) } as never })]),
        {
          code: "INVALID_VALUE",
        },
      )
      assert.deepEqual(await outbox.read(), [])
    })
  })
}
