import assert from "node:assert/strict"
import type { SnapshotKey } from "@annals/core"
import { usingService } from "@annals/services"
import { sequentialId } from "@annals/testing"
import { describe, it } from "vitest"
import { createPortFixture } from "./port-fixture.ts"

const stream = { tenant: "", category: "account", id: "alice" }
const key: SnapshotKey = { kind: "stream", name: "account", id: "alice" }
const message = { id: sequentialId(1), topic: "mail", body: null }

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("inbox, outbox and snapshots on PostgreSQL", { timeout: 60_000 }, () => {
      for (const outcome of ["commit", "rollback"] as const) {
        it(`wait for a transaction that takes the same, until its ${outcome}`, async () => {
          await using fixture = await createPortFixture(url)
          const { inbox } = fixture.ports
          const tx = await fixture.begin()
          assert.equal(await tx.ports.inbox.takeEvent("c", sequentialId(1), 1), true)
          assert.equal(await tx.ports.inbox.takeVersion("c", "s", stream, 3), true)
          const waiting = [
            inbox.takeEvent("c", sequentialId(1), 1),
            inbox.takeVersion("c", "s", stream, 3),
            inbox.takeVersion("c", "s", stream, 2),
            inbox.takeVersion("c", "s", stream, 4),
          ]
          await fixture.untilWaiting(4)
          await tx[outcome]()
          const [event, same, older, newer] = await Promise.all(waiting)
          assert.equal(newer, true)
          assert.equal(event, outcome === "rollback")
          if (outcome === "commit") assert.deepEqual([same, older], [false, false])
          assert.equal(await inbox.lastVersion("c", "s", stream), 4)
        })
      }

      it("keep a message once that two transactions add", async () => {
        await using fixture = await createPortFixture(url)
        const { outbox } = fixture.ports
        const tx = await fixture.begin()
        await tx.ports.outbox.add([message])
        const waiting = outbox.add([{ ...message, topic: "late" }])
        await fixture.untilWaiting(1)
        await tx.commit()
        await waiting
        assert.deepEqual(
          (await outbox.read()).map(({ topic }) => topic),
          ["mail"],
        )
        assert.equal((await outbox.read({ limit: Number.MAX_SAFE_INTEGER })).length, 1)
      })

      it("stamp messages by the store's clock, whatever time it shows", async () => {
        await using fixture = await createPortFixture(url)
        await fixture.ports.outbox.add([message])
        assert.equal((await fixture.ports.outbox.read())[0]?.addedAt, fixture.clock.now())
      })

      it("keep any body, text with NULs and bytes of any length", async () => {
        await using fixture = await createPortFixture(url)
        const { snapshots } = fixture.ports
        const bodies = [
          "",
          "a\0b",
          "\ufeff{}",
          "ä😀\r\n\\x41",
          new Uint8Array(0),
          Uint8Array.of(0, 255, 92),
          new Uint8Array(100_000).fill(7),
        ]
        for (const [index, body] of bodies.entries()) {
          const snapshot = {
            revision: index + 1,
            schemaVersion: 1,
            takenAt: -1,
            state: { encoding: "json", body },
          }
          assert.equal(await snapshots.save(key, snapshot), true)
          assert.deepEqual(await snapshots.load(key), snapshot)
        }
      })

      it("save the same revision once when two do at the same time", async () => {
        await using fixture = await createPortFixture(url)
        const { snapshots } = fixture.ports
        const snapshot = {
          revision: 7,
          schemaVersion: 1,
          takenAt: 1,
          state: { encoding: "json", body: "{}" },
        }
        const tx = await fixture.begin()
        assert.equal(await tx.ports.snapshots.save(key, snapshot), true)
        const waiting = snapshots.save(key, { ...snapshot, takenAt: 2 })
        await fixture.untilWaiting(1)
        await tx.commit()
        assert.equal(await waiting, false)
        assert.equal((await snapshots.load(key))?.takenAt, 1)
      })
    })
  })
}
