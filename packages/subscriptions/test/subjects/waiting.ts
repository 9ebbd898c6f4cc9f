import type { Clock } from "@annals/core"
import { vi } from "vitest"

/** Resolves when `check` no longer throws (or returns `false`). */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(
    async () => {
      if ((await check()) === false) throw new Error("not yet")
    },
    { timeout: 30_000, interval: 3 },
  )
}

/**
 * For what must *not* happen while a fake clock stands still: lets everything run that could. Only with the memory store, which needs no more than
 * turns of the event loop for anything.
 */
export async function settle(turns = 40): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Moves a fake clock on, step by step, until `check` holds. Fails when it doesn't within `limitMs` of its time. */
export async function advanceUntil(
  clock: Clock & { advance(ms: number): Promise<void> },
  check: () => boolean | Promise<boolean>,
  { stepMs = 100, limitMs = 600_000 } = {},
): Promise<void> {
  const end = clock.now() + limitMs
  for (;;) {
    await settle()
    if (await check()) return
    if (clock.now() >= end) throw new Error(`it did not happen within ${limitMs} ms of the fake clock`)
    await clock.advance(stepMs)
  }
}

/** Where a test holds a handler until it opens it. */
export interface Gate {
  /** For the handler to wait on. */
  readonly opened: Promise<void>
  /** Resolves when somebody waits at the gate. */
  readonly reached: Promise<void>
  pass(): Promise<void>
  open(): void
}

export function createGate(): Gate {
  const opened = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  return {
    opened: opened.promise,
    reached: reached.promise,
    pass() {
      reached.resolve()
      return opened.promise
    },
    open: () => opened.resolve(),
  }
}

/** The error with which something must fail. */
export async function failureOf(work: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  return work.then(
    (value) => {
      throw new Error(`succeeded with ${JSON.stringify(value)}`)
    },
    (error: Error) => error,
  )
}
