import type { Logger } from "@annals/core"

/** A logger that throws mustn't fail a load or a save that went well, nor end the process from the background. */
export function harmlessLogger(logger: Logger | undefined): Logger | undefined {
  if (logger === undefined) return undefined
  const at =
    (level: keyof Logger): Logger[keyof Logger] =>
    (message, fields) => {
      try {
        logger[level](message, fields)
      } catch {
        // Where could it be said?
      }
    }
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
}
