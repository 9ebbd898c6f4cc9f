import { createHash } from "node:crypto"

const prefix = "annals_"

/** PostgreSQL refuses to notify by longer names. */
const maxBytes = 63

/** The channel that a schema's stores wake each other on; channels belong to one database. A long name's digest stands for it. */
export function channelName(schema: string): string {
  const name = prefix + schema
  if (Buffer.byteLength(name) <= maxBytes) return name
  return prefix + createHash("sha256").update(schema).digest("hex").slice(0, 40)
}
