import { type Context, context } from "@opentelemetry/api"

/**
 * Runs `run` in a context: once, before this returns, and with what it returns or throws, whatever the context manager does. `complain` is told
 * what that throws.
 */
export function runWithin<Result>(
  place: Context,
  run: () => Result,
  complain: (error: unknown) => void,
): Result {
  let ran: { readonly result: Result } | { readonly error: unknown } | undefined
  const once = () => {
    if (ran !== undefined) return
    // Set before it runs: it is begun.
    ran = { error: undefined }
    try {
      ran = { result: run() }
    } catch (error) {
      ran = { error }
    }
  }
  try {
    context.with(place, once)
  } catch (error) {
    complain(error)
  }
  once()
  const ended = ran as unknown as { readonly result: Result } | { readonly error: unknown }
  if ("error" in ended) throw ended.error
  return ended.result
}
