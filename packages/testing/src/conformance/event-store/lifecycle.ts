import assert from "node:assert/strict"
import type { EventStore } from "@annals/core"
import { reopening } from "../capabilities.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { collected, everything, notebook, notes, undecoded } from "./sample-events.ts"

/** One use of every method that touches the storage. */
const uses: Readonly<Record<string, (store: EventStore<never>) => Promise<unknown>>> = {
  append: (store) => store.append(notebook("a"), notes(1)),
  appendToStreams: (store) => store.appendToStreams([{ stream: notebook("a"), events: notes(1) }]),
  readStream: (store) => store.readStream(notebook("a")).toArray(),
  "readStream, undecoded": (store) => undecoded(store.readStream(notebook("a"))),
  readAll: (store) => store.readAll().toArray(),
  "readAll, page by page": (store) => collected(store.readAll().pages()),
  decode: (store) => store.decode([]),
  head: (store) => store.head(),
  streamVersion: (store) => store.streamVersion(notebook("a")),
  hasEvent: (store) => store.hasEvent("00000000-0000-4000-8000-000000000001"),
  findEvent: (store) => store.findEvent("00000000-0000-4000-8000-000000000001"),
  causesOf: (store) => store.causesOf("00000000-0000-4000-8000-000000000001"),
  effectsOf: (store) => store.effectsOf("00000000-0000-4000-8000-000000000001"),
  listStreams: (store) => collected(store.listStreams()),
  listTenants: (store) => store.listTenants(),
  migrate: (store) => store.migrate(),
  transaction: (store) => store.transaction(async () => {}),
  "checkpoints.load": (store) => store.checkpoints.load("s"),
  "deadLetters.list": (store) => store.deadLetters.list(),
  "snapshots.load": (store) => store.snapshots.load({ kind: "stream", name: "n", id: "i" }),
  "outbox.read": (store) => store.outbox.read(),
  "inbox.lastVersion": (store) => store.inbox.lastVersion("c", "s", { tenant: "", ...notebook("a") }),
  "leases.inspect": (store) => store.leases.inspect("g"),
  "readModels.get": (store) => store.readModels.get("m", "i"),
}

/** Opening, closing, and what stands in between. */
export function lifecycle<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("lifecycle", () => {
    for (const [name, use] of Object.entries(uses)) {
      it(`lets ${name} be the first use, which opens the store`, async () => {
        await using subject = await create()
        await use(subject.store as unknown as EventStore<never>)
      })

      it(`rejects ${name} with CLOSED after close`, async () => {
        await using subject = await create()
        const store = subject.store as unknown as EventStore<never>
        const tenant = store.forTenant("red")
        await subject.store.append(notebook("a"), notes(1))
        await store.close()
        await assert.rejects(async () => use(store), { code: "CLOSED" })
        await assert.rejects(async () => use(tenant), { code: "CLOSED" }, "also through a tenant's handle")
      })
    }

    it("closes a store that was never used, and then stays closed", async () => {
      await using subject = await create()
      await subject.store.close()
      await assert.rejects(subject.store.head(), { code: "CLOSED" })
    })

    it("closes twice, also at the same time", async () => {
      await using subject = await create()
      await subject.store.append(notebook("a"), notes(1))
      await Promise.all([subject.store.close(), subject.store.close()])
      await subject.store.close()
      await subject.store[Symbol.asyncDispose]()
    })

    it("closes by await using", async () => {
      await using subject = await create()
      {
        await using store = subject.store
        await store.append(notebook("a"), notes(1))
      }
      await assert.rejects(subject.store.head(), { code: "CLOSED" })
    })

    it("refuses to close inside a unit of work, for whose end it would wait for ever", async () => {
      await using subject = await create()
      const { store } = subject
      await store.transaction(async ({ events }) => {
        await assert.rejects(store.close(), { code: "NESTED_WRITE" })
        await events.append(notebook("a"), notes(1))
      })
      const before = () => assert.rejects(store.close(), { code: "NESTED_WRITE" })
      await store.append(notebook("a"), notes(1), { before })
      assert.equal(await store.streamVersion(notebook("a")), 2)
      await store.close()
    })

    it("finishes what is under way before it closes, and refuses what comes after", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      const underWay = Promise.all([
        store.append(notebook("a"), notes(2)),
        store.append(notebook("b"), notes(2)),
        store.streamVersion(notebook("a")),
        store.transaction(async (unitOfWork) => {
          await unitOfWork.events.append(notebook("c"), notes(1))
          return unitOfWork.events.streamVersion(notebook("c"))
        }),
      ])
      const closing = store.close()
      await assert.rejects(store.append(notebook("a"), notes(1)), { code: "CLOSED" })
      const [a, b, , c] = await underWay
      await closing
      assert.deepEqual([a.version, b.version, c], [3, 2, 1])
    })

    it("ends a read that is open over a close with CLOSED", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(4))
      const reading = async () => {
        for await (const event of store.readAll({ pageSize: 1 })) if (event.version === 2) await store.close()
      }
      await assert.rejects(reading(), { code: "CLOSED" })
    })

    it("migrates as often as wanted, also at once, and keeps what is there", async () => {
      await using subject = await create()
      const { store } = subject
      await Promise.all([store.migrate(), store.migrate(), store.append(notebook("a"), notes(2))])
      await store.migrate()
      assert.equal((await everything(store)).length, 2)
    })

    it("opens once when its first uses come at the same time", async () => {
      await using subject = await create()
      const { store } = subject
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => store.append(notebook(`${index}`), notes(1))),
      )
      assert.equal((await everything(store)).length, 10)
    })

    it("says what it is", async () => {
      await using subject = await create()
      assert.match(subject.store.name, /^[a-z]+$/)
      assert.equal(typeof subject.store.capabilities.durable, "boolean")
      assert.equal(typeof subject.store.capabilities.multiProcess, "boolean")
    })

    it("keeps everything over a reopening, when it declares to be durable", async (context = undefined) => {
      await using subject = await create()
      const { store } = subject
      const reopen = reopening(subject, context)
      if (!reopen) return
      await store.append(notebook("a"), notes(3))
      await store.forTenant("red").append(notebook("a"), [{ type: "scanned", data: Uint8Array.of(1, 2) }])
      await store.readModels.save("m", "i", { kept: true })
      await store.checkpoints.advance("s", { from: 0, to: 2 })
      const [events, head] = [await everything(store), await store.head()]
      await store.close()
      await using reopened = await reopen()
      assert.deepEqual(await everything(reopened), events)
      assert.equal(await reopened.head(), head)
      assert.deepEqual((await reopened.readModels.get("m", "i"))?.value, { kept: true })
      assert.equal((await reopened.checkpoints.load("s"))[0]?.position, 2)
      const { position } = await reopened.append(notebook("a"), notes(1), { expected: 3 })
      assert.ok(position > head, "positions go on")
    })
  })
}
