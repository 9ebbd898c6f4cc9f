import { vi } from "vitest"

/** Resolves when `check` no longer throws. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 30_000, interval: 10 })
}
