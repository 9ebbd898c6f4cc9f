import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { BareEventFile } from "../../src/bare/bare-event-file.ts"

const folder = mkdtempSync(join(tmpdir(), "annals-bare-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const event = (cents: number) => ({
  type: "deposited",
  data: { cents },
  metadata: { actor: "clerk" },
  tags: ["account:alice"],
})
const append = (id: string, count: number, expected?: number) => ({
  category: "account",
  id,
  expected,
  events: Array.from({ length: count }, (_, index) => event(index)),
})

// A yardstick that did less than the whole job would make every ratio worthless.
describe("the hand-written store", () => {
  it("does the whole job: versions, positions, unique ids, tags, everything read back", () => {
    using file = new BareEventFile(join(folder, "bare.db"))
    expect(file.append([append("alice", 120, 0), append("bob", 2)])).toBe(122)
    expect(() => file.append([append("alice", 1, 7)])).toThrow(/conflict: 120, not 7/)
    expect(file.append([append("alice", 1, 120)])).toBe(123)

    const all = [...file.readAll()].flat()
    expect(all.map(({ position }) => position)).toEqual(Array.from({ length: 123 }, (_, index) => index + 1))
    expect(new Set(all.map(({ id }) => id)).size).toBe(123)
    expect(all.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id))

    const alice = [...file.readStream("account", "alice")].flat()
    expect(alice.map(({ version }) => version)).toEqual(Array.from({ length: 121 }, (_, index) => index + 1))
    expect(alice[119]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      type: "deposited",
      schemaVersion: 1,
      data: { cents: 119 },
      metadata: { actor: "clerk" },
      tags: ["account:alice"],
      occurredAt: alice[119]?.recordedAt,
      recordedAt: expect.any(Number),
      stream: { category: "account", id: "alice" },
      version: 120,
      position: 120,
    })
  })

  it("appends all or nothing", () => {
    using file = new BareEventFile(join(folder, "atomic.db"))
    expect(() => file.append([append("alice", 3), append("bob", 1, 5)])).toThrow(/conflict/)
    expect([...file.readAll()].flat()).toEqual([])
  })
})
