import { describe, expect, it } from "vitest"
import type { BusRecord } from "../../src/bus/bus-record.ts"
import { checkBus } from "../../src/bus/check-bus.ts"
import type { Effect } from "../../src/bus/effects.ts"
import { type GroupName, groupNames } from "../../src/bus/groups.ts"
import type { PlannedEvent } from "../../src/bus/round-plan.ts"
import type { PutAside } from "../../src/bus/settle.ts"
import { Findings } from "../../src/check/findings.ts"

/** Streams `s` (versions 1 to 3) and `t` (version 1). */
const published = [event("s", 1), event("s", 2), event("t", 1), event("s", 3)]

function event(stream: string, version: number): PlannedEvent {
  return { id: `${stream}${version}`, stream, version, failures: {} }
}

function effect(group: GroupName, id: string): Effect {
  const [stream, version] = [id.slice(0, 1), Number(id.slice(1))]
  return { sequence: 0, group, eventId: id, stream, version, consumer: "o0.1" }
}

const whole = ["s1", "s2", "t1", "s3"]

/** What is found in a record in which all is well, but for what is given. */
function found({
  effects = {},
  ...more
}: Partial<Omit<BusRecord, "effects">> & {
  readonly effects?: Partial<Record<GroupName, readonly string[]>>
} = {}): object {
  const findings = new Findings()
  checkBus(
    {
      published,
      effects: groupNames.flatMap((group) => (effects[group] ?? whole).map((id) => effect(group, id))),
      calls: [],
      poison: [],
      unrepaired: [],
      putAside: new Map(),
      quiet: false,
      ...more,
    },
    findings,
  )
  return Object.fromEntries(Object.entries(findings.counts).filter(([, number]) => number > 0))
}

describe("a group", () => {
  it("is clean when it had every event, whatever the order across streams", () => {
    expect(found()).toEqual({})
    expect(found({ effects: { ordered: ["t1", "s1", "s2", "s3"] } })).toEqual({})
  })

  it("has lost what it never had, and skipped that in front of what it had in order", () => {
    expect(found({ effects: { ordered: ["s1", "s2", "t1"] } })).toEqual({ lost: 1 })
    expect(found({ effects: { ordered: ["s1", "t1", "s3"] } })).toEqual({ skipped: 1 })
    expect(found({ effects: { "unordered-inbox": ["s1", "t1", "s3"] } })).toEqual({ lost: 1 })
    expect(found({ effects: { unordered: [] } })).toEqual({ lost: 4 })
  })

  it("keeps the order of a stream where that is promised", () => {
    expect(found({ effects: { ordered: ["s2", "s1", "t1", "s3"] } })).toEqual({ disordered: 1 })
    expect(found({ effects: { unordered: ["s2", "s1", "t1", "s3"] } })).toEqual({})
  })

  it("may have an event again after a fault, where the first time counts", () => {
    const effects = { ordered: ["s1", "s2", "s1", "s2", "t1", "s3", "s2"] }
    expect(found({ effects })).toEqual({})
    expect(found({ effects, quiet: true })).toEqual({ doubled: 3 })
  })

  it("has an effect once where there is an inbox", () => {
    expect(found({ effects: { "ordered-inbox": [...whole, "s3"] } })).toEqual({ doubled: 1 })
    expect(found({ effects: { "unordered-inbox": [...whole, "s1", "s1"] } })).toEqual({ doubled: 2 })
  })

  it("has no effect for what nobody published", () => {
    expect(found({ effects: { unordered: [...whole, "u1"] } })).toEqual({ doubled: 1 })
  })
})

describe("an attempt", () => {
  it("follows a failure of the same group", () => {
    const call = { group: "ordered", eventId: "s1" } as const
    expect(found({ calls: [{ ...call, failures: 2, attempts: 3 }] })).toEqual({})
    expect(found({ calls: [{ ...call, failures: 4, attempts: 3 }] })).toEqual({})
    expect(found({ calls: [{ ...call, failures: 0, attempts: 2 }] })).toEqual({ doubled: 1 })
  })
})

describe("a dead letter", () => {
  const poison = [{ group: "ordered", eventId: "s2" }] as const

  function aside(group: GroupName, ...ids: readonly string[]): PutAside {
    return new Map([[group, ids.map((eventId) => ({ eventId, message: "no", inEffect: false }))]])
  }

  it("is put aside when it can't be taken, with what waits behind it", () => {
    expect(found({ poison, unrepaired: poison, putAside: aside("ordered", "s2", "s3") })).toEqual({})
  })

  it("may be put aside no more when it was repaired", () => {
    expect(found({ poison })).toEqual({})
    expect(found({ poison, putAside: aside("ordered", "s2") })).toEqual({})
  })

  it("is lost when it can't be taken and isn't put aside", () => {
    expect(found({ poison, unrepaired: poison })).toEqual({ lost: 1 })
  })

  it("may be of an event that somebody else has handled, after a fault", () => {
    const putAside = new Map([["ordered", [{ eventId: "s1", message: "no", inEffect: true }]]] as const)
    expect(found({ poison, putAside })).toEqual({})
    expect(found({ poison, putAside, quiet: true })).toEqual({ skipped: 1 })
  })

  it("is skipped when it could have been taken", () => {
    expect(found({ poison, putAside: aside("ordered", "s1", "s2") })).toEqual({ skipped: 1 })
    expect(found({ poison, putAside: aside("ordered", "t1") })).toEqual({ skipped: 1 })
    expect(found({ putAside: aside("unordered", "s1") })).toEqual({ skipped: 1 })
    const unordered = [{ group: "unordered", eventId: "s2" }] as const
    expect(found({ poison: unordered, putAside: aside("unordered", "s2", "s3") })).toEqual({
      skipped: 1,
    })
  })
})
