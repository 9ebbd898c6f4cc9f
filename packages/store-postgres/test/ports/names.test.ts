import assert from "node:assert/strict"
import type { StorePorts } from "@annals/core"
import { usingService } from "@annals/services"
import { sequentialId } from "@annals/testing"
import { describe, it } from "vitest"
import { createPortFixture } from "./port-fixture.ts"

/** So many different ideographs that no compression makes an index entry of them. */
const ideographs = Array.from({ length: 999 }, (_, index) =>
  String.fromCharCode(0x4e00 + ((index * 7919) % 20_000)),
).join("")

/** In the order of their code points; what makes the long ones differ is their last character. */
const names = [
  `'); --"`,
  "a:b/c\\d",
  "x".repeat(999).concat("y"),
  "x".repeat(999).concat("z"),
  `${ideographs}一`,
  `${ideographs}丁`,
  "😀".repeat(500),
]

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("names in the ports of PostgreSQL", { timeout: 60_000 }, () => {
      it("may be as long as any, in any alphabet, and stay apart in every port", async () => {
        await using fixture = await createPortFixture(url)
        for (const name of names) await writeAll(fixture.ports, name)
        for (const name of names) await readAll(fixture.ports, name)
        assert.deepEqual(await fixture.ports.checkpoints.list(), names)
      })

      it("are sorted whole", async () => {
        await using fixture = await createPortFixture(url)
        const { readModels, leases, deadLetters } = fixture.ports
        for (const name of names.toReversed()) {
          await readModels.save("m", name, name)
          await leases.heartbeat("g", name, 3_600_000)
          await leases.acquire("g", name, [name])
          await deadLetters.park("s", [entryOf(name, names.indexOf(name))])
        }
        const paged: string[] = []
        for (let after: string | undefined; ; ) {
          const { rows, next } = await readModels.find("m", {
            limit: 2,
            ...(after !== undefined && { after }),
          })
          paged.push(...rows.map(({ id }) => id))
          if (next === undefined) break
          after = next
        }
        assert.deepEqual(paged, names)
        const group = await leases.inspect("g")
        assert.deepEqual([group.owners, group.leases.map(({ resource }) => resource)], [names, names])
        assert.deepEqual(
          (await deadLetters.parkedStreams("s")).map(({ stream }) => stream.id),
          names,
        )
      })

      it("of tenants may be so, too", async () => {
        await using fixture = await createPortFixture(url)
        for (const tenant of names) await writeAll(fixture.forTenant(tenant), "same")
        for (const tenant of names) {
          const ports = fixture.forTenant(tenant)
          await readAll(ports, "same")
          assert.equal((await ports.deadLetters.list()).length, 1)
          assert.equal((await ports.outbox.read()).length, 1)
          assert.deepEqual(await ports.checkpoints.list(), ["same"])
          assert.equal(await ports.inbox.purge(5), 1)
          assert.equal(await ports.inbox.purge(5), 0)
        }
      })
    })
  })
}

const streamOf = (name: string) => ({ tenant: name, category: name, id: name })

function entryOf(name: string, number: number) {
  const eventId = sequentialId(number + 1)
  return { stream: streamOf(name), version: number + 1, position: 0, eventId, type: name, slot: 1023 }
}

/** Each writes a number that is this name's alone. */
async function writeAll(ports: StorePorts, name: string): Promise<void> {
  const number = names.indexOf(name) + 1
  await ports.checkpoints.advance(name, { from: 0, to: number + 1 })
  await ports.leases.heartbeat(name, name, 3_600_000)
  await ports.leases.acquire(name, name, [name])
  await ports.deadLetters.park(name, [entryOf(name, number)])
  const state = { encoding: name, body: name, hash: name }
  await ports.snapshots.save(
    { kind: "stream", name, id: name },
    { revision: number, schemaVersion: 1, state, takenAt: 1 },
  )
  await ports.outbox.add([{ id: sequentialId(number), topic: name, key: name, body: name }])
  await ports.inbox.takeVersion(name, name, streamOf(name), number + 1)
  await ports.inbox.takeEvent(name, sequentialId(1), 5)
  await ports.readModels.save(name, name, number)
}

async function readAll(ports: StorePorts, name: string): Promise<void> {
  const number = names.indexOf(name) + 1
  assert.deepEqual(await ports.checkpoints.load(name), [
    { slots: { first: 0, last: 1023 }, position: number + 1 },
  ])
  const fence = { group: name, resource: name, owner: name, number: 1 }
  assert.equal(await ports.leases.holds([fence]), true)
  assert.deepEqual((await ports.leases.inspect(name)).leases, [{ resource: name, owner: name, fence: 1 }])
  const [letter] = await ports.deadLetters.list({ source: name, stream: streamOf(name) })
  assert.deepEqual(letter, {
    ...entryOf(name, number),
    source: name,
    status: "parked",
    sequence: letter?.sequence,
  })
  assert.deepEqual(await ports.deadLetters.parkedStreams(name), [
    { stream: streamOf(name), slot: 1023, entries: 1, status: "parked" },
  ])
  const snapshot = await ports.snapshots.load({ kind: "stream", name, id: name })
  assert.deepEqual([snapshot?.revision, snapshot?.state.hash], [number, name])
  const [sent] = await ports.outbox.read({ topic: name })
  assert.deepEqual([sent?.id, sent?.key, sent?.body], [sequentialId(number), name, name])
  assert.equal(await ports.inbox.lastVersion(name, name, streamOf(name)), number + 1)
  assert.equal(await ports.inbox.takeEvent(name, sequentialId(1), 5), false)
  assert.deepEqual(await ports.readModels.getMany(name, [name, "other"]), [
    { id: name, version: 1, value: number },
  ])
}
