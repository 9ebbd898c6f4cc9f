import type { EventStore, StorePorts } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import { collected } from "../event-store/sample-events.ts"

const stream = { tenant: "", category: "notebook", id: "a" }

/** Writes a little into every port. */
export async function writeEveryPort(ports: StorePorts): Promise<void> {
  await ports.checkpoints.advance("sub", { from: 0, to: 7 })
  await ports.deadLetters.park("sub", [
    { stream, version: 1, position: 1, eventId: sequentialId(1), type: "noted", slot: 1 },
  ])
  await ports.snapshots.save(
    { kind: "stream", name: "n", id: "a" },
    { revision: 1, schemaVersion: 1, state: { encoding: "json", body: "{}" }, takenAt: 1 },
  )
  await ports.outbox.add([{ id: sequentialId(2), topic: "t", body: { sent: false } }])
  await ports.inbox.takeVersion("consumer", "source", stream, 3)
  await ports.inbox.takeEvent("consumer", sequentialId(3), 1_000)
  await ports.leases.heartbeat("group", "me", 3_600_000)
  await ports.leases.acquire("group", "me", ["r"])
  await ports.readModels.save("model", "id", { kept: true })
}

/** What {@link writeEveryPort} left, port by port. */
export async function traces(ports: StorePorts): Promise<Record<keyof StorePorts, boolean>> {
  return {
    checkpoints: (await ports.checkpoints.load("sub"))[0]?.position === 7,
    deadLetters: (await ports.deadLetters.list()).length === 1,
    snapshots: (await ports.snapshots.load({ kind: "stream", name: "n", id: "a" })) !== undefined,
    outbox: (await ports.outbox.read()).length === 1,
    inbox: (await ports.inbox.lastVersion("consumer", "source", stream)) === 3,
    leases: (await ports.leases.inspect("group")).leases.length === 1,
    readModels: (await ports.readModels.get("model", "id")) !== undefined,
  }
}

export function everyPort(left: boolean): Record<keyof StorePorts, boolean> {
  return {
    checkpoints: left,
    deadLetters: left,
    snapshots: left,
    outbox: left,
    inbox: left,
    leases: left,
    readModels: left,
  }
}

/** All that a reader outside can see of the events. */
export async function outsideView<Tx>(store: EventStore<Tx>, eventId: string): Promise<unknown> {
  return {
    all: (await store.readAll().toArray()).length,
    backward: (await store.readAll({ direction: "backward" }).toArray()).length,
    filtered: (await store.readAll({ types: ["noted"] }).toArray()).length,
    tagged: (await store.readAll({ tags: ["t"] }).toArray()).length,
    stream: (await store.readStream(stream).toArray()).length,
    version: await store.streamVersion(stream),
    head: await store.head(),
    has: await store.hasEvent(eventId),
    found: (await store.findEvent(eventId)) !== undefined,
    streams: (await collected(store.listStreams())).length,
    tenants: (await store.listTenants()).length,
  }
}
