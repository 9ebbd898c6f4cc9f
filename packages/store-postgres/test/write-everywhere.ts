import type { PostgresStore } from "@annals/store-postgres"

/** Appends an event through a handle, and writes a row through each of its ports. */
export async function writeEverywhere(handle: PostgresStore): Promise<void> {
  const stream = { category: "account", id: "a" }
  const { eventIds } = await handle.append(stream, [{ type: "opened", data: 1, tags: ["owner:alice"] }])
  const [id] = eventIds as [string]
  const key = { tenant: handle.tenant ?? "", ...stream }
  const snapshot = { revision: 1, schemaVersion: 1, state: { encoding: "json", body: "1" }, takenAt: 1 }
  await handle.leases.heartbeat("group", "me", 60_000)
  await handle.leases.acquire("group", "me", ["resource"])
  await handle.checkpoints.advance("reader", { from: 0, to: 1 })
  await handle.outbox.add([{ id, topic: "topic", body: 1 }])
  await handle.inbox.takeVersion("consumer", "source", key, 1)
  await handle.inbox.takeEvent("consumer", id, 1)
  await handle.deadLetters.park("source", [
    { stream: key, version: 1, position: 1, eventId: id, type: "opened", slot: 1 },
  ])
  await handle.snapshots.save({ kind: "stream", name: "account", id: "a" }, snapshot)
  await handle.readModels.save("accounts", "a", { cents: 1 })
}

/** Takes away again what the ports hold: each of them deletes. */
export async function removeEverywhere(handle: PostgresStore): Promise<void> {
  await handle.leases.release("group", "me", ["resource"])
  await handle.leases.leave("group", "me")
  await handle.checkpoints.remove("reader")
  await handle.outbox.remove((await handle.outbox.read()).map(({ id }) => id))
  await handle.inbox.purge(2)
  await handle.deadLetters.requeue("source")
  const entries = await handle.deadLetters.list()
  await handle.deadLetters.remove(
    "source",
    entries.map(({ eventId }) => eventId),
  )
  await handle.snapshots.prune({ kind: "stream", name: "account", id: "a" }, 0)
  await handle.readModels.replace("accounts", "accounts before")
  await handle.readModels.clear("accounts before")
}
