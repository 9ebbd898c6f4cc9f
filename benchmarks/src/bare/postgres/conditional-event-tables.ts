import type { Pool } from "pg"
import type { PlainEvent } from "../plain-event.ts"
import { eventSerializer } from "./event-values.ts"
import { ownTypes } from "./own-types.ts"
import { tables } from "./tables.ts"

/**
 * A function, since the check must see what was committed while it waited for the locks: within one statement it wouldn't. It is
 * right as long as every append goes this way, each of its events carries the tags that its condition asks for, and no
 * condition asks for types alone.
 */
const appendIfNone = `
  DROP INDEX events_by_tag;
  CREATE TABLE tags (tag text NOT NULL, position bigint NOT NULL, PRIMARY KEY (tag, position));
  CREATE FUNCTION append_if_none(
    tenant_ text, category_ text, id_ text, after_ bigint, at_ bigint,
    schema_version_ int, event_id_ uuid, type_ text, correlation_ text, causation_ uuid, metadata_ text, data_ text, tags_ text[]
  ) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    stream_ bigint;
    version_ int;
    position_ bigint;
  BEGIN
    PERFORM pg_advisory_xact_lock(key) FROM
      (SELECT DISTINCT hashtextextended(tag, 0) AS key FROM unnest(tags_) AS tag ORDER BY key) AS keys;
    -- In the order of the index, and a subquery instead of a join: plans by averages would read the whole table.
    PERFORM FROM tags WHERE tag = tags_[1] AND position > after_ AND
      (SELECT type = type_ AND events.tags @> tags_ AND tenant = tenant_ FROM events WHERE events.position = tags.position)
      ORDER BY position LIMIT 1;
    IF FOUND THEN RETURN NULL; END IF;
    INSERT INTO streams (tenant, category, id, version) VALUES (tenant_, category_, id_, 1)
      ON CONFLICT (tenant, category, id) DO UPDATE SET version = streams.version + 1 RETURNING ref, version INTO stream_, version_;
    INSERT INTO events (stream, version, occurred_at, recorded_at, tenant,
        schema_version, id, type, correlation_id, causation_id, metadata, data, tags)
      VALUES (stream_, version_, at_, at_, tenant_,
        schema_version_, event_id_, type_, correlation_, causation_, metadata_, data_, tags_)
      RETURNING position INTO position_;
    INSERT INTO tags SELECT DISTINCT tag, position_ FROM unnest(tags_) AS tag;
    RETURN position_;
  END $$;
`

const append = {
  name: "append-if-none",
  text: "SELECT append_if_none($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
}

/** The same tables, where every append has a condition. Tags have a table, since an index of tag and position goes straight to what came after. */
export class ConditionalEventTables {
  readonly #pool: Pool
  readonly #serialize = eventSerializer()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async create(): Promise<void> {
    await this.#pool.query(tables + appendIfNone)
  }

  /** Appends an event unless one of its type with all of its tags was recorded after a position. Returns its position. */
  async append(category: string, id: string, event: PlainEvent, after: number): Promise<number> {
    const values = ["", category, id, after, Date.now(), ...this.#serialize(event)]
    const { rows } = await this.#pool.query<[number | null]>({
      ...append,
      values,
      rowMode: "array",
      types: ownTypes,
    } as never)
    const position = rows[0]?.[0]
    if (position == null) throw new Error(`condition failed: there is something after ${after}`)
    return position
  }
}
