/** Resolves as `run` does, or rejects with the signal's reason as soon as that is aborted; what runs is then left to itself. */
export async function ifNotAborted<Result>(
  signal: AbortSignal | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  if (signal === undefined) return run()
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener("abort", abort)
  try {
    return await Promise.race([run(), aborted.promise])
  } finally {
    signal.removeEventListener("abort", abort)
  }
}
