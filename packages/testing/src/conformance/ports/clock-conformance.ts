import assert from "node:assert/strict"
import type { Clock } from "@annals/core"
import type { Runner } from "../runner.ts"

/** A clock, and how to move it. */
export interface ClockSubject {
  readonly clock: Clock
  /** Moves it, where it doesn't move by itself. */
  advance?(milliseconds: number): Promise<void>
}

/** What `Clock` promises: whole milliseconds, and sleeps that end in time, or at once when they are aborted. */
export function clockConformance({ describe, it }: Runner, create: () => ClockSubject): void {
  describe("Clock", () => {
    it("tells whole epoch milliseconds", async () => {
      const { clock } = create()
      assert.ok(Number.isSafeInteger(clock.now()))
    })

    it("ends a sleep when its time has come", async () => {
      const { clock, advance } = create()
      const start = clock.now()
      const asleep = clock.sleep(20)
      await advance?.(20)
      await asleep
      // A timer may be a fraction of a millisecond early by the clock.
      assert.ok(clock.now() - start >= 19)
    })

    it("rejects a sleep with the reason of its signal", async () => {
      const { clock } = create()
      const [abort, reason] = [new AbortController(), new Error("enough")]
      const asleep = clock.sleep(3_600_000, abort.signal)
      abort.abort(reason)
      await assert.rejects(asleep, isBecauseOf(reason))
      await assert.rejects(clock.sleep(3_600_000, abort.signal), isBecauseOf(reason))
    })
  })
}

/** Node's own timers reject with an `AbortError` whose cause is the reason. */
function isBecauseOf(reason: Error): (error: Error) => boolean {
  return (error) => error === reason || error.cause === reason
}
