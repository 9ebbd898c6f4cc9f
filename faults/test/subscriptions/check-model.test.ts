import { describe, expect, it } from "vitest"
import { Findings } from "../../src/check/findings.ts"
import type { StoredFact } from "../../src/check/run-record.ts"
import { checkModel } from "../../src/subscriptions/check-model.ts"
import type { ModelRecord, ModelRow, StreamCount } from "../../src/subscriptions/model-record.ts"
import { fact } from "../check/records.ts"

/** Streams `s` (versions 1 and 2) and `t` (version 1). */
const log = [fact(1), fact(2), fact(3, { stream: "t", version: 1 })]
const [one, two, three] = log.map(row) as [ModelRow, ModelRow, ModelRow]

function row({ id, stream, position }: StoredFact): ModelRow {
  return { id, stream, position, instance: "i0.1" }
}

function count(stream: string, events: number, lastVersion = events): StreamCount {
  return { stream, events, lastVersion }
}

/** What is found in a model, which is the fold of the log but for what is given. */
function found(model: Partial<ModelRecord>): object {
  const findings = new Findings()
  const whole: ModelRecord = {
    subscription: "steady",
    rows: [one, two, three],
    counts: [count("s", 2), count("t", 1)],
  }
  checkModel({ ...whole, ...model }, log, findings)
  return Object.fromEntries(Object.entries(findings.counts).filter(([, number]) => number > 0))
}

describe("a read model", () => {
  it("is clean when it is the fold of the log, whatever the order across streams", () => {
    expect(found({})).toEqual({})
    expect(found({ rows: [three, one, two] })).toEqual({})
  })

  it("has skipped an event that its checkpoint passed and that isn't there", () => {
    expect(found({ rows: [one, three] })).toEqual({ skipped: 1 })
    expect(found({ rows: [] })).toEqual({ skipped: 3 })
  })

  it("has doubled what is there twice", () => {
    expect(found({ rows: [one, one, two, three] })).toEqual({ doubled: 1 })
  })

  it("is disordered where a stream is", () => {
    expect(found({ rows: [two, one, three] })).toEqual({ disordered: 1 })
  })

  it("has lost its event where a row has none in the log", () => {
    expect(found({ rows: [one, two, three, row(fact(4))] })).toEqual({ lost: 1 })
  })

  it("counts every event once", () => {
    expect(found({ counts: [count("s", 4, 2), count("t", 1)] })).toEqual({ doubled: 2 })
    expect(found({ counts: [count("s", 1, 2), count("t", 1)] })).toEqual({ lost: 1 })
    expect(found({ counts: [count("s", 2)] })).toEqual({ lost: 1 })
    expect(found({ counts: [count("s", 2), count("t", 1), count("u", 1)] })).toEqual({ doubled: 1 })
  })

  it("takes the last version of a stream last", () => {
    expect(found({ counts: [count("s", 2, 1), count("t", 1)] })).toEqual({ disordered: 1 })
  })
})
