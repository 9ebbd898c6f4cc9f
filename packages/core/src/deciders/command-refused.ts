import { AnnalsError } from "../errors/annals-error.ts"
import { describeStream, type StreamId } from "../streams/stream.ts"
import type { Refusal } from "./refusal.ts"

/** The error by which a caller learns of a refusal. */
export function commandRefused(
  { reason, details }: Refusal,
  command: string,
  of: StreamId | undefined,
): AnnalsError<"COMMAND_REFUSED"> {
  const stream = of && describeStream(of)
  const message = `${stream ?? "the aggregate"} refused "${command}": ${reason}`
  return new AnnalsError("COMMAND_REFUSED", message, {
    reason,
    ...(stream && { stream }),
    ...(details !== undefined && { details }),
  })
}

/** The error for a command that an aggregate doesn't have. */
export function unknownCommand(
  category: string,
  command: string,
  known: readonly string[],
): AnnalsError<"UNKNOWN_COMMAND"> {
  const names = known.map((name) => `"${name}"`).join(", ")
  return new AnnalsError(
    "UNKNOWN_COMMAND",
    `"${category}" has no command "${command}", but ${names || "none"}`,
    { path: "command" },
  )
}
