import assert from "node:assert/strict"
import type { Logger } from "@annals/core"
import type { Runner } from "../runner.ts"

/** What `Logger` promises: whatever it is given, it never throws into the middle of somebody's work. */
export function loggerConformance({ describe, it }: Runner, create: () => Logger): void {
  describe("Logger", () => {
    for (const level of ["debug", "info", "warn", "error"] as const) {
      it(`takes any fields as ${level}`, async () => {
        const circular: Record<string, unknown> = {}
        circular.self = circular
        const fields = [
          undefined,
          {},
          { error: new Error("no") },
          { circular },
          { big: 1n, symbol: Symbol("s"), none: undefined },
        ]
        for (const each of fields) assert.doesNotThrow(() => create()[level]("message", each))
      })
    }
  })
}
