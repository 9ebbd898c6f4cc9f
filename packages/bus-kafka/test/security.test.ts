import { randomUUID } from "node:crypto"
import { createKafkaBus, type KafkaBusOptions, type KafkaSasl } from "@annals/bus-kafka"
import type { RecordedEvent } from "@annals/core"
import { usingSecureService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { clients } from "./clients.ts"
import { openConnection, removeTopics, until } from "./create-subject.ts"
import { eventsOf } from "./events.ts"

usingSecureService("kafka", ({ sslBroker, saslBroker, username, password, token, ca }) => {
  const logins: readonly KafkaSasl[] = [
    { mechanism: "plain", username, password },
    { mechanism: "scram-sha-256", username, password },
    { mechanism: "scram-sha-512", username, password },
    { mechanism: "oauthbearer", token: async () => token },
  ]

  describe.for(clients)("by $name, a bus", (client) => {
    const open = (broker: string, topic: string, options: Partial<KafkaBusOptions> = {}) =>
      createKafkaBus({ client, topic, brokers: [broker], partitions: 1, retryPartitions: 1, ...options })

    const tls = { ca }

    it.concurrent("works over TLS", async () => {
      const topic = `tls-${randomUUID()}`
      await using bus = open(sslBroker, topic, { tls })
      await carries(bus)
      await remove(sslBroker, topic, { tls })
    })

    it.concurrent.each(logins)("works logged in by $mechanism, on all its connections", async (sasl) => {
      const topic = `sasl-${randomUUID()}`
      await using bus = open(saslBroker, topic, { tls, sasl })
      await carries(bus)
      await remove(saslBroker, topic, { tls, sasl })
    })

    it.concurrent("doesn't trust a certificate that nobody has vouched for", async () => {
      await using bus = open(sslBroker, "untrusted", { tls: true, retryForMs: 0 })
      const error = await bus.publish(eventsOf(1, 1)).catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_UNAVAILABLE" })
    })

    it.concurrent.each(logins.slice(0, 3))(
      "is refused with a wrong password by $mechanism, and keeps it to itself",
      async (login) => {
        const said: unknown[] = []
        const note = (...all: unknown[]) => void said.push(all)
        const logger = { debug: note, info: note, warn: note, error: note }
        const sasl = { ...login, password: "wrong-secret" } as KafkaSasl
        await using bus = open(saslBroker, "refused", { tls, sasl, logger })
        const error = await bus.publish(eventsOf(1, 1)).catch((reason) => reason)
        expect(error).toMatchObject({ code: "BUS_FAILED", retryable: false })
        const health = await bus.health()
        expect(health.healthy).toBe(false)
        const texts = JSON.stringify([said, health, bus.status(), describe_(error)])
        expect(texts).not.toContain("wrong-secret")
      },
    )
  })

  /** Publishing, consuming, retrying, dead letters and asking for the lag: a connection each. */
  async function carries(bus: ReturnType<typeof createKafkaBus>): Promise<void> {
    const handled: string[] = []
    const consumer = await bus.subscribe({
      group: "g",
      order: "none",
      retry: { attempts: 2, delayMs: 1, maxDelayMs: 1 },
      handler: (event: RecordedEvent) => {
        if (event.version === 1 && !handled.includes("1 failed")) throw new Error("not yet")
        handled.push(event.id)
      },
    })
    await bus.publish(eventsOf(1, 2))
    await until(async () => (await consumer.deadLetters.list()).length === 1)
    handled.push("1 failed")
    expect(await consumer.deadLetters.replay()).toBe(1)
    await until(() => handled.length === 3)
    await until(async () => (await consumer.lag()) === 0)
    expect(await bus.health()).toEqual({ healthy: true, problems: [] })
  }

  async function remove(
    broker: string,
    topic: string,
    security: Parameters<typeof openConnection>[2],
  ): Promise<void> {
    for (const client of clients.slice(0, 1)) {
      const connection = openConnection(client, [broker], security)
      await removeTopics(connection, topic)
      await connection.close()
    }
  }

  function describe_(error: unknown): readonly string[] {
    if (!(error instanceof Error)) return []
    return [error.message, error.stack ?? "", JSON.stringify(error), ...describe_(error.cause)]
  }
})
