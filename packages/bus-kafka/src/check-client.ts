import { KafkaFailure } from "./kafka-failure.ts"

/**
 * Another version of a client may be installed than the one whose inner parts are used: by an override, or by force. Throws where what is used isn't there, before
 * something else goes wrong that says less.
 */
export function checkClient(
  client: string,
  part: string,
  given: unknown,
  functions: readonly (string | symbol)[],
): void {
  const object = Object(given) as Readonly<Record<string | symbol, unknown>>
  const missing = functions.find((name) => typeof object[name] !== "function")
  if (missing === undefined) return
  const name = typeof missing === "symbol" ? missing.description : missing
  throw new KafkaFailure(
    "unsupported",
    `${client} is to be installed, and in what is there ${part} has no ${name}`,
  )
}
