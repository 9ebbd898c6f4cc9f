import { randomUUID } from "node:crypto"
import { AnnalsError, type EventStore, type OutboxMessage, type StoredOutboxMessage } from "@annals/core"
import { describe, expect, it, vi } from "vitest"
import { createOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from "../../src/index.ts"
import { onEveryStore } from "./stores.ts"

const eventually = (check: () => unknown) => vi.waitFor(check, { interval: 2, timeout: 30_000 })

const mail = (body: string, key?: string): OutboxMessage => ({
  id: randomUUID(),
  topic: "mail",
  ...(key !== undefined && { key }),
  body,
})

/** Writes messages and an event in one transaction. */
async function append(store: EventStore, ...messages: OutboxMessage[]): Promise<void> {
  await store.append({ category: "order", id: randomUUID() }, [{ type: "placed", data: null }], {
    before: (unitOfWork) => unitOfWork.outbox.add(messages),
  })
}

/** A receiver that notes what it gets, and takes nothing that `failing` names. */
function receiver() {
  const received: string[] = []
  const failing = new Map<string, Error>()
  const send = async (messages: readonly StoredOutboxMessage[]) => {
    for (const { body } of messages) {
      const error = failing.get(body as string)
      if (error) throw error
      received.push(body as string)
    }
  }
  return { received, failing, send }
}

function relayOf(
  store: EventStore,
  options: Partial<OutboxRelayOptions> & Pick<OutboxRelayOptions, "send">,
): OutboxRelay {
  return createOutboxRelay(store, {
    name: "mails",
    pollIntervalMs: 50,
    retry: { delayMs: 1, maxDelayMs: 5 },
    random: () => 0,
    ...options,
  })
}

const left = async (store: EventStore) => (await store.outbox.read()).map(({ body }) => body)

onEveryStore((open) => {
  describe("a relay of the outbox", () => {
    it("sends what transactions wrote, oldest first, and removes it; nothing of what was rolled back", async () => {
      const store = open()
      await append(store, mail("1"), mail("2"))
      await store
        .transaction(async ({ outbox }) => {
          await outbox.add([mail("never")])
          throw new Error("rolled back")
        })
        .catch(() => {})
      const { received, send } = receiver()
      await using relay = relayOf(store, { send, batchSize: 2 })
      expect(await relay.lag()).toEqual({ ms: expect.any(Number) })
      await relay.start()
      await append(store, mail("3"), mail("4"), mail("5"))
      await eventually(() => expect(relay.status().sent).toBe(5))
      expect(received).toEqual(["1", "2", "3", "4", "5"])
      expect(await left(store)).toEqual([])
      expect(await relay.lag()).toEqual({ ms: 0 })
      expect(relay.status()).toMatchObject({ name: "mails", failed: 0, parked: [], lastError: undefined })
      expect(relay.status().ratePerSecond).toBeGreaterThan(0)
      await relay.stop()
      await relay.done
      expect(relay.status().state).toBe("stopped")
    })

    it("finds messages that came without an event, by looking for them", async () => {
      const store = open()
      const { received, send } = receiver()
      await using relay = relayOf(store, { send })
      await relay.start()
      await eventually(() => expect(relay.status().state).toBe("live"))
      await store.outbox.add([mail("1")])
      await eventually(() => expect(received).toEqual(["1"]))
    })

    it("takes only its topic, and only its tenant's", async () => {
      const store = open()
      const { received, send } = receiver()
      await using relay = relayOf(store, { send, topic: "mail" })
      await store.outbox.add([{ ...mail("sms"), topic: "sms" }, mail("1")])
      await store.forTenant("acme").outbox.add([mail("theirs")])
      await relay.start()
      await eventually(() => expect(relay.status().sent).toBe(1))
      expect(received).toEqual(["1"])
      expect(await left(store)).toEqual(["sms"])
    })

    it("sends again what failed, one by one, then goes on in batches", async () => {
      const store = open()
      const { received, failing, send } = receiver()
      failing.set("2", new Error("not now"))
      const sizes: number[] = []
      const attempts: number[] = []
      await using relay = relayOf(store, {
        send: async (messages, context) => {
          sizes.push(messages.length)
          attempts.push(context.attempt)
          if (attempts.length === 4) failing.clear()
          await send(messages)
        },
      })
      await store.outbox.add([mail("1"), mail("2"), mail("3")])
      await relay.start()
      await eventually(() => expect(relay.status().sent).toBe(3))
      expect(sizes).toEqual([3, 1, 1, 1, 1])
      expect(attempts).toEqual([1, 1, 1, 2, 1])
      expect(received).toEqual(["1", "1", "2", "3"])
      expect(relay.status()).toMatchObject({
        failed: 2,
        lastError: expect.objectContaining({ message: "not now" }),
      })
      await store.outbox.add([mail("4"), mail("5")])
      await eventually(() => expect(relay.status().sent).toBe(5))
      expect(sizes.at(-1)).toBe(2)
    })

    it("tries without an end while the receiver is away, and then goes on where it was", async () => {
      const store = open()
      const { received, failing, send } = receiver()
      failing.set("1", new AnnalsError("BUS_UNAVAILABLE", "gone", { retryable: true }))
      await using relay = relayOf(store, { send, retry: { attempts: 2, delayMs: 1, maxDelayMs: 2 } })
      await store.outbox.add([mail("1"), mail("2")])
      await relay.start()
      await eventually(() => expect(relay.status().failed).toBeGreaterThan(6))
      failing.clear()
      await eventually(() => expect(relay.status().sent).toBe(2))
      expect(received).toEqual(["1", "2"])
    })

    it("stops after the last attempt with a message, saying which, and goes on from it when started again", async () => {
      const store = open()
      const { received, failing, send } = receiver()
      const poison = new Error("poison")
      failing.set("2", poison)
      await using relay = relayOf(store, { send })
      const messages = [mail("1"), mail("2"), mail("3")]
      await store.outbox.add(messages)
      await relay.start()
      await expect(relay.done).rejects.toMatchObject({
        code: "SUBSCRIPTION_FAILED",
        cause: poison,
        details: { messageIds: [messages[1]?.id] },
      })
      expect(relay.status()).toMatchObject({ state: "failed", lastError: poison })
      expect(await left(store)).toEqual(["2", "3"])
      failing.clear()
      await relay.start()
      await eventually(() => expect(relay.status().sent).toBe(3))
      expect(received.slice(-2)).toEqual(["2", "3"])
    })

    it("parks a message with those of its key behind it, sends the others, and takes them up again when told", async () => {
      const store = open()
      const { received, failing, send } = receiver()
      failing.set("a1", new Error("poison"))
      failing.set("b1", new Error("poison"))
      await using relay = relayOf(store, { send, onFailure: "park", batchSize: 2 })
      const messages = [
        mail("a1", "a"),
        mail("b1", "b"),
        mail("a2", "a"),
        mail("c1", "c"),
        mail("b2", "b"),
        mail("x"),
      ]
      await store.outbox.add(messages)
      await relay.start()
      await eventually(() => expect(received).toEqual(["c1", "x"]))
      await eventually(async () => expect(await left(store)).toEqual(["a1", "b1", "a2", "b2"]))
      expect(relay.status().parked).toMatchObject([
        { message: { body: "a1" }, attempts: 5, error: { message: "poison" } },
        { message: { body: "b1" }, attempts: 5 },
      ])

      failing.delete("a1")
      expect(relay.retry(["unknown"])).toBe(0)
      expect(relay.retry([messages[0]?.id as string])).toBe(1)
      await eventually(() => expect(received).toEqual(["c1", "x", "a1", "a2"]))
      expect(await relay.discard([messages[3]?.id as string])).toBe(0)
      expect(await relay.discard([messages[1]?.id as string])).toBe(1)
      await eventually(() => expect(received).toEqual(["c1", "x", "a1", "a2", "b2"]))
      await eventually(async () => expect(await left(store)).toEqual([]))
      expect(relay.status().parked).toEqual([])
    })

    it("stops rather than look through ever more messages behind parked ones", async () => {
      const store = open()
      const { failing, send } = receiver()
      failing.set("1", new Error("poison"))
      await using relay = relayOf(store, { send, onFailure: "park", maxWaiting: 2, batchSize: 1 })
      await store.outbox.add([mail("1", "a"), mail("2", "a")])
      await relay.start()
      await eventually(() =>
        expect(relay.status()).toMatchObject({ state: "live", parked: [expect.anything()] }),
      )
      await store.outbox.add([mail("3", "a")])
      await expect(relay.done).rejects.toMatchObject({
        code: "SUBSCRIPTION_FAILED",
        cause: { message: "poison" },
      })
      expect(await left(store)).toEqual(["1", "2", "3"])
    })

    it("is sent by one instance at a time, and by another when that one stops", async () => {
      const store = open()
      const one = receiver()
      const two = receiver()
      await using first = relayOf(store, { send: one.send, instance: "one", leaseTtlMs: 60_000 })
      await using second = relayOf(store, { send: two.send, instance: "two", leaseTtlMs: 3_000 })
      await first.start()
      await second.start()
      expect(second.status().state).toBe("standing-by")
      await append(store, mail("1"))
      await eventually(() => expect(one.received).toEqual(["1"]))
      await first.stop()
      await append(store, mail("2"))
      await eventually(() => expect(second.status().sent).toBe(1))
      expect([one.received, two.received]).toEqual([["1"], ["2"]])
    })

    it("removes nothing once another instance has taken over", async () => {
      const store = open()
      const ready = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      const signals: AbortSignal[] = []
      await using loser = relayOf(store, {
        instance: "loser",
        leaseTtlMs: 60_000,
        send: async (_messages, { signal }) => {
          signals.push(signal)
          ready.resolve()
          await gate.promise
        },
      })
      await store.outbox.add([mail("1")])
      await loser.start()
      await ready.promise
      // As if it had hung for longer than its lease: somebody else was given it.
      await store.leases.leave("outbox/mails", "loser")
      const two = receiver()
      await using winner = relayOf(store, { send: two.send, instance: "winner" })
      await winner.start()
      await eventually(() => expect(winner.status().sent).toBe(1))
      await store.outbox.add([mail("2")])
      await winner.pause()
      gate.resolve()
      await eventually(() => expect(loser.status().state).toBe("standing-by"))
      expect(loser.status().sent).toBe(0)
      winner.resume()
      await eventually(() => expect(two.received).toEqual(["1", "2"]))
    })
  })
})
