import {
  createMemoryStore,
  defineEvent,
  defineEvents,
  discarded,
  type EventStore,
  type RecordedEvent,
  type,
  withContext,
} from "@annals/core"
import { createFakeClock, recorded } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { defineForwarder } from "../../src/index.ts"
import { handOver, readFor } from "./hand-over.ts"
import { onEveryStore } from "./stores.ts"

const note = (id: string) => ({ category: "note", id })
const noted = (data: number) => ({ type: "noted", data })

/** What both stores must have in common. */
function essence(events: readonly RecordedEvent[]) {
  const rows = events.map(({ position, recordedAt, ...rest }) => rest)
  const keyOf = ({ tenant, stream, version }: (typeof rows)[number]) =>
    `${tenant}/${stream.id}/${String(version).padStart(3, "0")}`
  return rows.sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
}

const everything = (store: EventStore) => store.readAll({ unreadable: "raw" }).toArray()

onEveryStore((open) => {
  describe("a forwarder", () => {
    it("gives the other store the same events in the same streams of the same tenants", async () => {
      const [from, to] = [open(), open()]
      await to.append(note("other"), [noted(0)])
      const metadata = { correlationId: "c", causationId: "d", actor: "me", traceparent: "00-1-2-01" }
      await from.append(note("a"), [noted(1), { ...noted(2), metadata, tags: ["z", "b"], occurredAt: 12 }])
      await from.append(note("b"), [{ type: "stored", data: new Uint8Array([0, 255]) }])
      await from.forTenant("acme").append(note("a"), [noted(3)])
      await from.append(note("a"), [noted(4), discarded({ reason: "done" })])

      const archive = defineForwarder("archive", { to })
      await handOver(archive, await readFor(from, archive))
      const arrived = (await everything(to)).slice(1)
      expect(essence(arrived)).toEqual(essence(await everything(from)))
      expect(await to.forTenant("acme").streamVersion(note("a"))).toBe(1)
    })

    it("forwards each event once, however the pages are cut after a crash", async () => {
      const [from, to] = [open(), open()]
      for (let index = 0; index < 6; index++) {
        await from.append(note("a"), [noted(index)])
        await from.append(note("b"), [noted(index)])
        await from.forTenant("acme").append(note("a"), [noted(index)])
      }
      const archive = defineForwarder("archive", { to })
      const events = await readFor(from, archive)
      for (const [first, last] of [
        [0, 5],
        [0, 5],
        [2, 9],
        [0, 12],
        [5, 18],
        [0, 18],
      ]) {
        await handOver(archive, events.slice(first, last))
      }
      expect(essence(await everything(to))).toEqual(essence(events))
    })

    it("appends what it filtered behind what a stream has, in order and once", async () => {
      const [from, to] = [open(), open()]
      await to.append(note("a"), [noted(0)])
      await from.append(note("a"), [
        { type: "skipped", data: null },
        noted(1),
        { type: "skipped", data: null },
        noted(2),
      ])
      const archive = defineForwarder("archive", { to, types: ["noted"] })
      const events = await readFor(from, archive)
      await handOver(archive, events.slice(0, 1))
      await handOver(archive, events)
      await handOver(archive, events)
      expect((await everything(to)).map(({ data, version }) => [data, version])).toEqual([
        [0, 1],
        [1, 2],
        [2, 3],
      ])
    })

    it("fails with VERSION_CONFLICT where the target has other events in a stream that is forwarded whole", async () => {
      const [from, to] = [open(), open()]
      await to.append(note("a"), [noted(0)])
      await from.append(note("a"), [noted(1), noted(2)])
      const archive = defineForwarder("archive", { to, categories: ["note"] })
      const events = await readFor(from, archive)
      const conflict = { code: "VERSION_CONFLICT", stream: "note/a", actual: 1 }
      await expect(handOver(archive, events)).rejects.toMatchObject({ ...conflict, expected: 0 })
      // Nor where only a part of it is there.
      await to.append(note("a"), [{ ...noted(1), id: events[0]?.id as string }])
      await expect(handOver(archive, events)).rejects.toMatchObject({
        code: "VERSION_CONFLICT",
        expected: 1,
        actual: 2,
      })
      expect(await to.streamVersion(note("a"))).toBe(2)
    })

    it("fails with EVENT_ID_REUSED where the target has an id in another stream", async () => {
      const [from, to] = [open(), open()]
      const { eventIds } = await from.append(note("a"), [noted(1)])
      await from.append(note("a"), [noted(2)])
      await to.append(note("b"), [{ ...noted(1), id: eventIds[0] as string }])
      const archive = defineForwarder("archive", { to })
      const events = await readFor(from, archive)
      const reused = { code: "EVENT_ID_REUSED", eventId: eventIds[0] }
      await expect(handOver(archive, events)).rejects.toMatchObject(reused)
      await expect(handOver(archive, events.slice(0, 1))).rejects.toMatchObject(reused)
      expect(await to.streamVersion(note("a"))).toBe(0)
    })

    it("keeps schema versions, so that the target upcasts what the source would", async () => {
      const first = defineEvent("opened", type<{ name: string }>())
      const opened = first.nextVersion(type<{ owner: string }>(), ({ name }) => ({ owner: name }))
      const [from, to] = [open(), open()]
      await from.append(note("a"), [first({ name: "Ann" })])
      await from.append(note("a"), [opened({ owner: "Bob" })])
      await from.append(note("b"), [opened({ owner: "Cy" }), first({ name: "Di" })])
      const archive = defineForwarder("archive", { to })
      await handOver(archive, await readFor(from, archive))
      expect(essence(await everything(to))).toEqual(essence(await everything(from)))
      const upcast = await to.readAll({ events: defineEvents([opened]) }).toArray()
      expect(upcast.map(({ data }) => data.owner).sort()).toEqual(["Ann", "Bob", "Cy", "Di"])
    })

    it("fails where the target was given other types, and nothing of the stream is forwarded behind", async () => {
      const [from, to] = [open(), open({ events: defineEvents([defineEvent("other", type<null>())]) })]
      await from.append(note("a"), [noted(1), { type: "other", data: null }])
      const archive = defineForwarder("archive", { to })
      await expect(handOver(archive, await readFor(from, archive))).rejects.toMatchObject({
        code: "UNKNOWN_EVENT_TYPE",
      })
      expect(await everything(to)).toEqual([])
    })

    it("goes on in order when another instance, long thought dead, forwards as well", async () => {
      const [from, to] = [open(), open()]
      await from.append(
        note("a"),
        Array.from({ length: 30 }, (_, index) => noted(index)),
      )
      const archive = defineForwarder("archive", { to })
      const events = await readFor(from, archive)
      const forwardAll = async (size: number) => {
        for (let index = 0; index < events.length; ) {
          const page = events.slice(index, index + size)
          // As the driver does: again, until it works.
          await handOver(archive, page).then(
            () => (index += page.length),
            () => {},
          )
        }
      }
      await Promise.all([forwardAll(3), forwardAll(4), forwardAll(7)])
      expect(essence(await everything(to))).toEqual(essence(events))
    })
  })
})

describe("a forwarder's definition", () => {
  it("refuses to forward a store into itself", async () => {
    const clock = createFakeClock()
    await using store = createMemoryStore({ clock })
    await using other = createMemoryStore({ clock })
    const refused = expect.objectContaining({ code: "INVALID_OPTION", path: "to" })
    for (const to of [store, store.forTenant("acme")]) {
      const { checkStore } = defineForwarder("archive", { to })
      expect(() => checkStore?.(store)).toThrow(refused)
      expect(() => checkStore?.(store.forTenant("beta"))).toThrow(refused)
      expect(() => checkStore?.(other)).not.toThrow()
    }
    expect(() => defineForwarder("archive", { to: {} as never })).toThrow(refused)
  })

  it("writes only its own tenant's events where the target is bound to one", async () => {
    await using to = createMemoryStore()
    const archive = defineForwarder("archive", { to: to.forTenant("acme") })
    await handOver(archive, [recorded(noted(1), { tenant: "acme" })])
    await expect(handOver(archive, [recorded(noted(2), { tenant: "beta" })])).rejects.toMatchObject({
      code: "INVALID_OPTION",
      path: "tenant",
    })
    await expect(handOver(archive, [recorded(noted(2))])).rejects.toMatchObject({ code: "INVALID_OPTION" })
    expect((await everything(to)).map(({ tenant }) => tenant)).toEqual(["acme"])
  })

  it("adds nothing to the metadata, whatever runs it", async () => {
    await using to = createMemoryStore()
    const archive = defineForwarder("archive", { to })
    await withContext({ correlationId: "of the driver", actor: "driver" }, () =>
      handOver(archive, [recorded(noted(1))]),
    )
    expect((await everything(to)).map(({ metadata }) => metadata)).toEqual([{}])
  })

  it("appends nothing of a batch in which an event can't be decoded", async () => {
    await using to = createMemoryStore()
    const archive = defineForwarder("archive", { to })
    const events = [
      recorded(noted(1)),
      recorded({ type: "noted", data: undefined }, { position: 2, version: 2 }),
    ]
    await expect(handOver(archive, events)).rejects.toMatchObject({ code: "UNREADABLE_EVENT", position: 2 })
    expect(await everything(to)).toEqual([])
  })
})
