import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { copyJson } from "../../src/index.ts"

const refused = (value: unknown) => {
  try {
    copyJson(value, "data")
  } catch (error) {
    return error
  }
  throw new Error("was accepted")
}

describe("copyJson", () => {
  it("copies every value that JSON carries, exactly", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, stringUnit: "binary" }), (value) => {
        fc.pre(
          !JSON.stringify(value, (_key, part) => (Object.is(part, -0) ? "minus zero" : part)).includes(
            "minus zero",
          ),
        )
        const copy = copyJson(value, "data")
        expect(copy).toEqual(value)
        expect(JSON.parse(JSON.stringify(copy))).toEqual(value)
      }),
    )
  })

  it("keeps odd keys: __proto__, constructor, the empty one, numbers in odd order", () => {
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":2,"":3,"10":4,"9":5,"b":6,"a":7}')
    const copy = copyJson(value, "data")
    expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  it("keeps NUL, lone surrogates, emoji and long strings", () => {
    const value = {
      nul: "a\0b",
      lone: "\ud800",
      emoji: "👩‍🚀",
      long: "x".repeat(1_000_000),
      number: "0042",
      date: "2024-02-30",
    }
    expect(JSON.parse(JSON.stringify(copyJson(value, "data")))).toEqual(value)
  })

  it("freezes the copy at every level and leaves the original alone", () => {
    const original = { list: [{ deep: 1 }] }
    const copy = copyJson(original, "data") as typeof original
    expect(() => copy.list.push({ deep: 2 })).toThrow(TypeError)
    expect(() => Object.assign(copy.list[0] as object, { deep: 2 })).toThrow(TypeError)
    original.list.push({ deep: 2 })
    expect(copy.list).toHaveLength(1)
  })

  it.each([
    ["undefined", { items: [{ price: undefined }] }, "data.items[0].price"],
    ["NaN", { a: Number.NaN }, "data.a"],
    ["infinity", [1, Number.POSITIVE_INFINITY], "data[1]"],
    ["minus zero", { a: { b: -0 } }, "data.a.b"],
    ["a bigint", { a: 1n }, "data.a"],
    ["a function", { a: () => 1 }, "data.a"],
    ["a symbol", { a: Symbol("s") }, "data.a"],
    ["a symbol key", { [Symbol("s")]: 1 }, "data"],
    ["a date", { at: new Date(0) }, "data.at"],
    ["a map", { map: new Map() }, "data.map"],
    ["a class instance", { error: new Error("x") }, "data.error"],
    ["a hole", { list: Object.assign([1], { 2: 2 }) }, "data.list[1]"],
    ["an array with its own keys", { list: Object.assign([1], { extra: 2 }) }, "data.list"],
    ["an odd key", { "a b": { "c.d": undefined } }, 'data["a b"]["c.d"]'],
    ["bytes inside JSON", { bytes: new Uint8Array(1) }, "data.bytes"],
  ])("refuses %s and says where it is", (_what, value, path) => {
    expect(refused(value)).toMatchObject({ code: "INVALID_VALUE", path })
  })

  it("refuses a cycle, and nesting so deep that somebody's stack would overflow", () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(refused(cycle)).toMatchObject({ code: "INVALID_VALUE" })
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(refused(deep)).toMatchObject({ code: "INVALID_VALUE" })
  })
})
