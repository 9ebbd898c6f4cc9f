import { createRepository, defineDecider, defineEvent, type } from "@annals/core"
import { expect, it } from "vitest"
import { openScene, place } from "./scene.ts"

const deposited = defineEvent("deposited", type<{ cents: number }>())

const account = defineDecider("account", {
  events: [deposited],
  initial: () => ({ cents: 0 }),
  evolve: { deposited: (state, { data }) => ({ cents: state.cents + data.cents }) },
  decide: { deposit: (_state, { cents }: { cents: number }) => deposited({ cents }) },
})

const memory = { "db.system.name": "memory" }
const appends = { ...memory, "db.operation.name": "append" }
const reads = { ...memory, "db.operation.name": "read" }

/** What a store and a repository measure. */
export function metricsOfStores(seen: Set<string>): void {
  it("appends: how long, how many events, and conflicts of both kinds", async () => {
    await using scene = openScene(seen)
    const { store, meters } = scene
    const stream = { category: "order", id: "1" }
    await place(store, "1", 1, 2, 3)
    await place(store, "1", 4)
    const late = store.append(stream, [{ type: "placed", data: null }], { expected: 3 })
    await expect(late).rejects.toMatchObject({ code: "VERSION_CONFLICT" })
    for (const id of ["2", "3"]) {
      const condition = { query: [{ types: ["placed"] }], after: 0 }
      const outdated = store.append({ category: "order", id }, [{ type: "placed", data: null }], {
        condition,
      })
      await expect(outdated).rejects.toMatchObject({ code: "CONDITION_FAILED" })
    }

    const readings = await meters.read()
    expect(readings.histogram("db.client.operation.duration", appends).count).toBe(5)
    // That somebody was faster is an answer, no error.
    const conflicts = { ...appends, "annals.outcome": "conflict" }
    expect(readings.histogram("db.client.operation.duration", conflicts).count).toBe(3)
    expect(readings.histogram("db.client.operation.duration", appends).sum).toBeGreaterThan(0)
    expect(readings.histogram("annals.append.events")).toEqual({ count: 2, sum: 4 })
    expect(readings.count("annals.append.conflicts", { "annals.conflict": "version" })).toBe(1)
    expect(readings.count("annals.append.conflicts", { "annals.conflict": "condition" })).toBe(2)
  })

  it("reads: how long, and how many events, of whoever reads", async () => {
    await using scene = openScene(seen)
    const { store, meters } = scene
    await place(store, "1", 1, 2, 3)
    await store.readAll().toArray()
    await store.readStream({ category: "order", id: "1" }, { after: 2 }).toArray()

    const readings = await meters.read()
    expect(readings.count("annals.read.events")).toBe(4)
    expect(readings.histogram("db.client.operation.duration", reads).count).toBe(2)
  })

  it("a repository: commands, loads, and the conflicts after which it decided again", async () => {
    await using scene = openScene(seen)
    const { store, meters } = scene
    const [one, other] = [createRepository(store, account), createRepository(store, account)]
    await one.load("alice").catch(() => undefined)
    await Promise.all([
      one.execute("alice", "deposit", { cents: 1 }),
      other.execute("alice", "deposit", { cents: 2 }),
    ])
    expect((await one.load("alice")).state).toEqual({ cents: 3 })

    const readings = await meters.read()
    const commands = { "annals.subject": "account", "annals.command": "deposit" }
    expect(readings.histogram("annals.execute.duration", commands).count).toBe(2)
    expect(readings.histogram("annals.execute.duration", commands).sum).toBeGreaterThan(0)
    expect(readings.histogram("annals.execute.duration", { "error.type": "VERSION_CONFLICT" }).count).toBe(0)
    // Of the caller two, of the commands three: one had to decide again.
    expect(readings.histogram("annals.load.duration", { "annals.subject": "account" }).count).toBe(5)
    expect(readings.count("annals.append.conflicts", { "annals.conflict": "version" })).toBe(1)
  })
}
