import type { Logger } from "../ports/logger.ts"

/** A logger that can't keep from its work whoever logs, nor end the process from its background: what the given one throws is dropped. */
export function harmlessLogger(logger: Logger): Logger {
  const at =
    (level: keyof Logger): Logger["warn"] =>
    (message, fields) => {
      try {
        logger[level](message, fields)
      } catch {} // there is nobody to tell
    }
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
}
