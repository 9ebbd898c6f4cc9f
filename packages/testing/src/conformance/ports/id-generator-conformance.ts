import assert from "node:assert/strict"
import type { IdGenerator } from "@annals/core"
import type { Runner } from "../runner.ts"

/** What `IdGenerator` promises: UUIDs in lower case, never the same twice. */
export function idGeneratorConformance({ describe, it }: Runner, create: () => IdGenerator): void {
  describe("IdGenerator", () => {
    it("makes UUIDs in lower case, each another", async () => {
      const generateId = create()
      const ids = Array.from({ length: 10_000 }, () => generateId())
      for (const id of ids)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.equal(new Set(ids).size, ids.length)
    })
  })
}
