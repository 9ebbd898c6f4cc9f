import { describe, expect, it } from "vitest"
import { createUuidV7Generator, deriveId } from "../../src/index.ts"

const uuid = (version: number) =>
  new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

function generatorAt(times: () => number) {
  return createUuidV7Generator({ now: times, sleep: () => Promise.resolve() })
}

describe("createUuidV7Generator", () => {
  it("makes valid ids that carry the time and rise, many within one millisecond", () => {
    const now = 1_700_000_000_000
    const generate = generatorAt(() => now)
    const ids = Array.from({ length: 20_000 }, generate)
    for (const id of ids) expect(id).toMatch(uuid(7))
    expect(ids).toEqual([...ids].sort())
    expect(new Set(ids).size).toBe(ids.length)
    expect(Number.parseInt((ids[0] as string).replace("-", "").slice(0, 12), 16)).toBe(now)
  })

  it("goes on rising when the clock goes back", () => {
    const times = [1000, 2000, 1500, 10, 2000, 2001]
    let at = 0
    const generate = generatorAt(() => times[at++] as number)
    const ids = times.map(generate)
    expect(ids).toEqual([...ids].sort())
  })

  it("never makes the same id twice, with other generators beside it", () => {
    const generators = Array.from({ length: 10 }, () => generatorAt(() => 1000))
    const ids = generators.flatMap((generate) => Array.from({ length: 1000 }, generate))
    expect(new Set(ids).size).toBe(10_000)
  })
})

describe("deriveId", () => {
  // This never changes: a repeated command finds its events by it.
  it("gives the same id for the same parts, for ever", () => {
    expect(deriveId("commit", "abc", 1)).toBe("5887265d-dc0c-88ea-b064-2cc954aec7da")
  })

  it("makes valid UUIDs and keeps parts apart", () => {
    const ids = [
      deriveId("ab", "c"),
      deriveId("a", "bc"),
      deriveId("abc"),
      deriveId("a", 1),
      deriveId("a", "1"),
    ]
    for (const id of ids) expect(id).toMatch(uuid(8))
    expect(new Set(ids).size).toBe(ids.length)
  })
})
