/** What is told along with a message. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where Annals says what nobody asked for: sparingly. Does nothing unless given. What it throws is dropped. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}
