import { vi } from "vitest"

/** Resolves when `check` no longer throws. Looks again ten times a second: many wait at the same time, and what they wait for needs the machine. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 150_000, interval: 100 })
}
