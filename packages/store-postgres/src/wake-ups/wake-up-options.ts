/** How a store learns of what others append. Only while somebody listens to its `wakeUps`. */
export interface PostgresWakeUpOptions {
  /**
   * Whether to use LISTEN and NOTIFY: one more connection while somebody listens, and up to 50 notifications a second while
   * this process appends. Without it, other processes' appends are noticed by polling alone. Where LISTEN can't work, as behind
   * a transaction pooler, that is noticed, logged, and polling takes over.
   *
   * @default true
   */
  readonly listen?: boolean
  /**
   * How often to look at the log's end while LISTEN doesn't work: the longest time until other processes' appends are noticed. A look
   * is one small query, some 0.5 ms of the server's time.
   *
   * @default 250
   */
  readonly pollIntervalMs?: number
  /**
   * How often to look at the log's end while LISTEN works, for what notifications don't tell: a lost one, an append in a caller's
   * own transaction, one that held readers back and was rolled back.
   *
   * @default 2_000
   */
  readonly safetyPollIntervalMs?: number
  /**
   * How often to check that LISTEN still works, by a notification to oneself. A connection that died without a word is
   * noticed after so long and some 5 seconds; until then polling as above finds what was appended.
   *
   * @default 30_000
   */
  readonly listenCheckIntervalMs?: number
}

export type PostgresWakeUpSettings = Required<PostgresWakeUpOptions>

export const wakeUpDefaults: PostgresWakeUpSettings = {
  listen: true,
  pollIntervalMs: 250,
  safetyPollIntervalMs: 2_000,
  listenCheckIntervalMs: 30_000,
}
