import { vi } from "vitest"

/** Resolves when `check` no longer throws; looks again every so many milliseconds. */
export function eventually(check: () => unknown, interval = 10): Promise<unknown> {
  return vi.waitFor(check, { timeout: 60_000, interval })
}
