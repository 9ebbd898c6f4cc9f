import { setTimeout as delay } from "node:timers/promises"

const patienceMs = 60_000
const pauseMs = 20

/** Waits until a condition holds. Gives up after a minute. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited a minute for ${what}`)
    await delay(pauseMs)
  }
}
