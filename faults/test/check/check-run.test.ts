import { describe, expect, it } from "vitest"
import { checkRun } from "../../src/check/check-run.ts"
import { append, fact, found, reading, run } from "./records.ts"

const [one, two, three] = [fact(1), fact(2), fact(3)]
const log = [one, two, three]

describe("appends", () => {
  it("are clean when each is stored once, where it was said to be", () => {
    expect(found(run(log))).toEqual({})
  })

  it("are lost when they were acknowledged and aren't stored", () => {
    expect(found(run([one], { appends: [append([one]), append([two]), append([three])] }))).toEqual({
      lost: 2,
    })
  })

  it("may be stored or not when nobody knows, but not in part", () => {
    const unknown = { outcome: "unknown", positions: [] } as const
    expect(found(run([one], { appends: [append([one], unknown), append([two, three], unknown)] }))).toEqual(
      {},
    )
    expect(found(run([one, two], { appends: [append([one]), append([two, three], unknown)] }))).toEqual({
      lost: 1,
    })
  })

  it("are doubled when they are stored under two ids", () => {
    expect(found(run([one, fact(2, { fact: "f1" })], { appends: [append([one])] }))).toEqual({ doubled: 1 })
  })

  it("are doubled when they were refused, and are stored", () => {
    expect(found(run([one], { appends: [append([one], { outcome: "refused" })] }))).toEqual({ doubled: 1 })
  })

  it("are doubled when nobody made them", () => {
    expect(found(run([one, two], { appends: [append([one])] }))).toEqual({ doubled: 1 })
  })

  it("are lost when they are stored in another stream, or under another id", () => {
    const appends = [append([fact(1, { stream: "t" })]), append([fact(2, { id: "other" })])]
    expect(found(run([one, two], { appends }))).toEqual({ lost: 2 })
  })

  it("are disordered when they are stored elsewhere than was acknowledged", () => {
    expect(found(run([one], { appends: [append([one], { positions: [7] })] }))).toEqual({ disordered: 1 })
  })

  it("are disordered when a lane's next one comes before", () => {
    const appends = [
      append([two], { lane: "l" }),
      append([one], { lane: "l" }),
      append([three], { lane: "l" }),
    ]
    expect(found(run(log, { appends }))).toEqual({ disordered: 1 })
  })

  it("that exclude each other happen once, and aren't refused for nothing", () => {
    const exclusive = { exclusive: "seat" }
    const refused = { outcome: "refused", positions: [], ...exclusive } as const
    const both = [append([one], exclusive), append([two], exclusive)]
    expect(found(run([one, two], { appends: both }))).toEqual({ doubled: 1 })
    expect(found(run([one], { appends: [append([one], exclusive), append([two], refused)] }))).toEqual({})
    expect(found(run([one], { appends: [append([one]), append([two], refused)] }))).toEqual({ lost: 1 })
  })
})

describe("streams", () => {
  it("count their versions from 1 without a gap", () => {
    const gap = [one, fact(2, { version: 3 })]
    const twice = [one, fact(2, { version: 1 })]
    expect(found(run(gap))).toEqual({ disordered: 1 })
    expect(found(run(twice))).toEqual({ disordered: 1 })
    expect(found(run([one, fact(2, { stream: "t", version: 1 })]))).toEqual({})
  })

  it("stand in the log by ascending positions", () => {
    expect(found(run([fact(2, { version: 1 }), fact(1, { version: 2 })]))).toEqual({ disordered: 1 })
  })

  it("give an append the version that it required", () => {
    expect(found(run([one, fact(2, { requiredVersion: 1 })]))).toEqual({})
    expect(found(run([one, fact(2, { requiredVersion: 0 })]))).toEqual({ disordered: 1 })
  })

  it("say the same by themselves as the log", () => {
    expect(found(run(log, { streams: new Map([["s", [one, three]]]) }))).toEqual({ lost: 1 })
    expect(found(run(log, { streams: new Map([["s", [...log, fact(4)]]]) }))).toEqual({ lost: 1 })
    expect(found(run(log, { streams: new Map([["s", [one, three, two]]]) }))).toEqual({ disordered: 1 })
  })
})

describe("readings", () => {
  it("are clean when they are the log, or what was asked for of it", () => {
    const readings = [reading(log), reading([two], { asksFor: ({ position }) => position === 2 })]
    expect(found(run(log, { readings }))).toEqual({})
  })

  it("have skipped what they never saw, in the middle as at the end", () => {
    expect(found(run(log, { readings: [reading([one, three])] }))).toEqual({ skipped: 1 })
    expect(found(run(log, { readings: [reading([one])] }))).toEqual({ skipped: 2 })
  })

  it("are doubled by what they saw twice", () => {
    expect(found(run(log, { readings: [reading([one, two, two, three])] }))).toEqual({ doubled: 1 })
    expect(found(run(log, { readings: [reading([...log, one])] }))).toEqual({ doubled: 1 })
  })

  it("are disordered by what came too late, or with another position", () => {
    expect(found(run(log, { readings: [reading([one, three, two])] }))).toEqual({ disordered: 1 })
    const moved = { id: "id3", position: 4 }
    expect(found(run(log, { readings: [reading([one, two, moved])] }))).toEqual({ disordered: 1 })
  })

  it("show what was there and is gone, or wasn't asked for", () => {
    expect(found(run([one], { readings: [reading([one, two])] }))).toEqual({ lost: 1 })
    const asksFor = () => false
    expect(found(run([one], { readings: [reading([one], { asksFor })] }))).toEqual({ lost: 1 })
  })
})

describe("effects", () => {
  const happened = (...happenedFor: string[]) => [
    { effect: "the tally", appends: new Set(["f1", "f2"]), happenedFor },
  ]

  it("are clean when they happened once for each append that is stored", () => {
    expect(found(run(log, { effects: happened("f1", "f2") }))).toEqual({})
  })

  it("are lost, doubled or disordered by themselves", () => {
    expect(found(run(log, { effects: happened("f1") }))).toEqual({ lost: 1 })
    expect(found(run(log, { effects: happened("f1", "f2", "f2") }))).toEqual({ doubled: 1 })
    expect(found(run(log, { effects: happened("f2", "f1") }))).toEqual({ disordered: 1 })
  })

  it("are doubled when the append that they belong to isn't stored", () => {
    const appends = [append([one]), append([two], { outcome: "unknown", positions: [] })]
    expect(found(run([one], { appends, effects: happened("f1", "f2") }))).toEqual({ doubled: 1 })
  })
})

it("tells people what it found, a line each", () => {
  const { lines } = checkRun(run(log, { readings: [reading([one, three])] }))
  expect(lines).toEqual(["skipped: r0 never saw f2 at 2"])
})
