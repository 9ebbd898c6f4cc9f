import { setTimeout as sleep } from "node:timers/promises"
import type { FakeClock } from "@annals/testing"

/** Lets a fake clock go on, slowly and for real stores, until `check` holds. */
export async function passTime(clock: FakeClock, check: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 30_000
  while (!(await check())) {
    if (performance.now() > giveUpAt) throw new Error("it did not happen")
    await clock.advance(5)
    await sleep(1)
  }
}

/** Jumps ahead, and wakes who has slept for too long. */
export async function jumpTo(clock: FakeClock, time: number): Promise<void> {
  clock.set(time)
  await clock.advance(0)
}

/** With jumps of hours, nobody is to lose what it holds. */
export const longLease = { leaseTtlMs: 1_000 * 3_600_000 }
