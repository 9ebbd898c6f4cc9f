// What the environment says.
import * as z from "zod"

const environment = z.object({
  /** PostgreSQL, such as `postgres://user:password@localhost/shop`. Default: SQLite. */
  ORDERS_DATABASE_URL: z.string().optional(),
  /** The schema on PostgreSQL. */
  ORDERS_SCHEMA: z.string().default("orders"),
  /** The file of SQLite. */
  ORDERS_FILE: z.string().default("orders.db"),
  /** How long a payment is waited for. */
  ORDERS_PAY_WITHIN_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(15 * 60_000),
  /** 0: any that is free. */
  PORT: z.coerce.number().int().nonnegative().default(3000),
})

export type Settings = z.infer<typeof environment>

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return environment.parse(env)
}
