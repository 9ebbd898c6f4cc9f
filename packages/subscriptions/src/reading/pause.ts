import type { Clock } from "@annals/core"

/** Resolves after so many milliseconds, or as soon as one of the signals is aborted. */
export async function pause(
  clock: Clock,
  milliseconds: number,
  ...until: readonly (AbortSignal | undefined)[]
): Promise<void> {
  if (until.some((signal) => signal?.aborted)) return
  const over = new AbortController()
  const end = () => over.abort()
  for (const signal of until) signal?.addEventListener("abort", end)
  try {
    await clock.sleep(milliseconds, over.signal)
  } catch (error) {
    if (!over.signal.aborted) throw error
  } finally {
    // By hand: what `AbortSignal.any` keeps of short pauses would grow with the life of a long signal.
    for (const signal of until) signal?.removeEventListener("abort", end)
  }
}
