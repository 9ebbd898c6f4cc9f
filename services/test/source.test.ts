import { describe, expect, it } from "vitest"
import { sourceOf } from "../src/source.ts"

const entry = { url: "redis://127.0.0.1:1", ports: [1], prepared: true, usable: true, processes: [] }
const byCompose = { ...entry, source: "compose" } as const
const byPackages = { ...entry, source: "packages" } as const
const given = { ANNALS_REDIS_URL: "redis://elsewhere" }

describe("where a service comes from", () => {
  it.each([
    ["the environment, before everything", given, undefined, true, "environment"],
    ["the environment, before what runs here", given, byPackages, false, "environment"],
    ["Docker Compose, where an engine answers", {}, undefined, true, "compose"],
    ["packages, where none does", {}, undefined, false, "packages"],
    ["packages still, when an engine comes up later", {}, byPackages, true, "packages"],
    ["Docker Compose still, when its engine doesn't answer", {}, byCompose, false, "compose"],
    ["packages, when the variable is empty", { ANNALS_REDIS_URL: "" }, undefined, false, "packages"],
    [
      "packages, when another one's variable is set",
      { ANNALS_KAFKA_URL: "kafka://x" },
      undefined,
      false,
      "packages",
    ],
  ])("is %s", (_case, environment, known, hasEngine, source) => {
    expect(sourceOf("redis", { environment, entry: known, hasEngine })).toBe(source)
  })
})
