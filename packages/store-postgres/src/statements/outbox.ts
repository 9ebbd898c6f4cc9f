import type { Statement } from "../sql/statement.ts"

/** $1 tenant, $2 added at; $3 ids, $4 topics, $5 keys, $6 bodies, $7 headers. In this order, the same id once. */
export const addMessages: Statement = {
  name: "add-messages",
  text: `
  INSERT INTO {schema}.outbox (id, added_at, tenant, topic, key, body, headers)
  SELECT given.id, $2::bigint, $1, given.topic, given.key, given.body, given.headers
  FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
    AS given (id, topic, key, body, headers, n)
  ORDER BY given.n
  ON CONFLICT DO NOTHING`,
}

const ofTenant = "left(tenant, 600) = left($1::text, 600) AND tenant = $1"

function reading(name: string, condition: string): Statement {
  return {
    name,
    text: `
  SELECT sequence, id, topic, key, body, headers, added_at FROM {schema}.outbox
  WHERE ${ofTenant} AND sequence > $2::bigint${condition} ORDER BY left(tenant, 600), sequence LIMIT $3::bigint`,
  }
}

/** $1 tenant, $2 sequence (exclusive), $3 limit */
export const readMessages: Statement = reading("read-messages", "")

/** $1 tenant, $2 sequence (exclusive), $3 limit, $4 topic */
export const readTopic: Statement = reading("read-topic", " AND topic = $4")

/** $1 tenant, $2 ids */
export const removeMessages: Statement = {
  name: "remove-messages",
  text: `
  WITH gone AS (DELETE FROM {schema}.outbox WHERE id = ANY ($2::uuid[]) AND ${ofTenant} RETURNING 1)
  SELECT count(*) FROM gone`,
}
