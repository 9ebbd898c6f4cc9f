import type { Statement } from "../sql/statement.ts"

/**
 * Wakes whoever listens: $1 channel, $2 payload. Runs in a transaction of its own: inside an append's it would make all commits of the
 * server wait for each other. Alone it writes nothing that has to reach the disk (measured: no sync of the log).
 */
export const notifyStatement: Statement = { name: "notify", text: "SELECT pg_notify($1, $2)" }
