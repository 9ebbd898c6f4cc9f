import { describe, expect, it } from "vitest"
import {
  after,
  type Copy,
  type LendingEvent,
  lend,
  renew,
  reserve,
  takeBack,
  unknownCopy,
} from "../src/domain/lending.ts"

const acquired: LendingEvent = { type: "acquired", data: { title: "Ulysses" } }
const lentToAda: LendingEvent = { type: "lent", data: { reader: "Ada", dueOn: "2026-03-29" } }
const reservedByGrace: LendingEvent = { type: "reserved", data: { reader: "Grace" } }
const renewed: LendingEvent = { type: "renewed", data: { dueOn: "2026-04-26" } }
const returned: LendingEvent = { type: "returned", data: { daysLate: 0 } }

const copyAfter = (...events: readonly LendingEvent[]): Copy => events.reduce(after, unknownCopy)

describe("lending a copy", () => {
  it("is for four weeks", () => {
    expect(lend(copyAfter(acquired), { reader: "Ada", today: "2026-03-01" })).toEqual(lentToAda)
  })

  it("isn't possible while another reader has it", () => {
    expect(lend(copyAfter(acquired, lentToAda), { reader: "Grace", today: "2026-03-02" })).toEqual({
      no: "already-lent",
    })
  })

  it("is kept for the reader who reserved it", () => {
    const waiting = copyAfter(acquired, lentToAda, reservedByGrace, returned)
    expect(lend(waiting, { reader: "Ada", today: "2026-04-01" })).toEqual({
      no: "reserved-for-somebody-else",
    })
    expect(lend(waiting, { reader: "Grace", today: "2026-04-01" })).toMatchObject({ type: "lent" })
  })

  it("isn't possible for a copy that the library doesn't have", () => {
    expect(lend(unknownCopy, { reader: "Ada", today: "2026-03-01" })).toEqual({ no: "not-ours" })
  })
})

describe("renewing a loan", () => {
  it("adds four weeks to the day it was due", () => {
    expect(renew(copyAfter(acquired, lentToAda), { today: "2026-03-29" })).toEqual(renewed)
  })

  it("comes too late after that day", () => {
    expect(renew(copyAfter(acquired, lentToAda), { today: "2026-03-30" })).toEqual({ no: "overdue" })
  })

  it("is possible twice", () => {
    const copy = copyAfter(acquired, lentToAda, renewed, renewed)
    expect(renew(copy, { today: "2026-03-29" })).toEqual({ no: "renewed-too-often" })
  })

  it("isn't possible while somebody waits", () => {
    const copy = copyAfter(acquired, lentToAda, reservedByGrace)
    expect(renew(copy, { today: "2026-03-10" })).toEqual({ no: "reserved-for-somebody-else" })
  })
})

describe("reserving a copy", () => {
  it("is for one reader at a time, and for copies that are lent", () => {
    expect(reserve(copyAfter(acquired), { reader: "Grace" })).toEqual({ no: "not-lent" })
    expect(reserve(copyAfter(acquired, lentToAda), { reader: "Grace" })).toEqual(reservedByGrace)
    expect(reserve(copyAfter(acquired, lentToAda, reservedByGrace), { reader: "Alan" })).toEqual({
      no: "already-reserved",
    })
  })
})

describe("taking a copy back", () => {
  it("counts the days that it is late", () => {
    expect(takeBack(copyAfter(acquired, lentToAda), { today: "2026-03-31" })).toEqual({
      type: "returned",
      data: { daysLate: 2 },
    })
    expect(takeBack(copyAfter(acquired, lentToAda), { today: "2026-03-02" })).toEqual({
      type: "returned",
      data: { daysLate: 0 },
    })
  })
})
