import { usingService } from "@annals/services"
import { expect, it } from "vitest"
import { BareEventTables } from "../../../src/bare/postgres/bare-event-tables.ts"
import type { RecordedEvent } from "../../../src/bare/postgres/recorded-row.ts"
import { openDatabase } from "./open-database.ts"

const timeout = 60_000
const event = (cents: number, tags = ["account:alice"]) => ({
  type: "deposited",
  data: { cents, note: 'a "quoted" \\ back\\slash' },
  metadata: { actor: "clerk" },
  tags,
})
const append = (id: string, count: number, expected?: number) => ({
  category: "account",
  id,
  expected,
  events: Array.from({ length: count }, (_, index) => event(index)),
})

async function everything(tables: BareEventTables): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const page of tables.readAll()) events.push(...page)
  return events
}

// A yardstick that did less than the whole job would make every ratio worthless.
usingService("postgres", () => {
  it("does the whole job: versions, positions, ids, everything read back", { timeout }, async () => {
    await using pool = await openDatabase("whole")
    const tables = new BareEventTables(pool)
    await tables.create()
    await tables.append(append("alice", 1, 0))
    await tables.append(append("alice", 1200, 1))
    await tables.append(append("bob", 2))
    const last = await tables.append(append("bob", 1))

    const all = await everything(tables)
    expect(all.map(({ version }) => version)).toEqual([
      ...Array.from({ length: 1201 }, (_, index) => index + 1),
      ...[1, 2, 3],
    ])
    expect(all.at(-1)?.position).toBe(last)
    expect(all.map(({ position }) => position)).toEqual(
      all.map(({ position }) => position).toSorted((left, right) => left - right),
    )
    expect(all.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1204)
    expect(all[1200]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      type: "deposited",
      schemaVersion: 1,
      data: { cents: 1199, note: 'a "quoted" \\ back\\slash' },
      metadata: { actor: "clerk" },
      tags: ["account:alice"],
      correlationId: undefined,
      causationId: undefined,
      occurredAt: all[1200]?.recordedAt,
      recordedAt: expect.any(Number),
      stream: { category: "account", id: "alice" },
      version: 1201,
      position: 1201,
    })
  })

  it("detects a conflict, reports the actual version and writes nothing", { timeout }, async () => {
    await using pool = await openDatabase("conflict")
    const tables = new BareEventTables(pool)
    await tables.create()
    await tables.append(append("alice", 3, 0))
    await expect(tables.append(append("alice", 1, 0))).rejects.toThrow("conflict: 3, not 0")
    await expect(tables.append(append("alice", 10, 2))).rejects.toThrow("conflict: 3, not 2")
    await expect(tables.append(append("bob", 1, 1))).rejects.toThrow("conflict: 0, not 1")
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => tables.append(append("alice", 2, 3))),
    )
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    expect(await everything(tables)).toHaveLength(5)
  })

  it("refuses an id that is there, and every change", { timeout }, async () => {
    await using pool = await openDatabase("unique")
    const tables = new BareEventTables(pool)
    await tables.create()
    await tables.append(append("alice", 1, 0))
    const columns = "occurred_at, recorded_at, schema_version, id, tenant, type, metadata, data, tags"
    const again = `INSERT INTO events (stream, version, ${columns}) SELECT stream, version + 1, ${columns} FROM events`
    await expect(pool.query(again)).rejects.toThrow(/events_id_tenant_key/)
    for (const change of ["UPDATE events SET data = ''", "DELETE FROM events", "TRUNCATE events"])
      await expect(pool.query(change)).rejects.toThrow("events are immutable")
  })

  it("keeps tags where an index finds them", { timeout }, async () => {
    await using pool = await openDatabase("tags")
    const tables = new BareEventTables(pool)
    await tables.create()
    const tags = ['odd "tag" {,}\\', "b"]
    await tables.append({ category: "account", id: "alice", expected: 0, events: [event(1, tags)] })
    await tables.append({
      category: "account",
      id: "bob",
      expected: 0,
      events: [event(2, ["b"]), event(3, [])],
    })
    const read = await everything(tables)
    expect(read.map((recorded) => recorded.tags)).toEqual([tags, ["b"], []])
    const client = await pool.connect()
    await client.query("SET enable_seqscan = off")
    const { rows } = await client.query(`EXPLAIN SELECT * FROM events WHERE tags @> '{b}'`)
    client.release()
    expect(JSON.stringify(rows)).toContain("events_by_tag")
  })
})
