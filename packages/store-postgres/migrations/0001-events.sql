-- Collation "C" sorts by code point, on every server alike.

-- Names may have 3,000 bytes, and an index entry some 2,700: long ones are indexed by their beginning and a digest of the whole, or
-- by 64 bits of a digest that the client makes (`…_key`), behind which the text itself is compared. Expressions in an index are
-- prepared anew for each statement that writes: `events`, where most is written, has none.

CREATE FUNCTION {schema}.digest_of_long(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN length(name) > 600 THEN md5(name) ELSE '' END
$$;

CREATE SEQUENCE {schema}.stream_ref;

CREATE TABLE {schema}.streams (
  stream bigint NOT NULL,
  -- Of tenant and category.
  category_key bigint NOT NULL,
  slot smallint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  -- A column: behind a policy, PostgreSQL finds nothing by an expression, since it might leak what it sees of others' rows.
  id_start text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(id, 600)) STORED
);

CREATE UNIQUE INDEX streams_by_id
  ON {schema}.streams (category_key, id_start, (CASE WHEN length(id) > 600 THEN md5(id) ELSE '' END));

-- CACHE 1: a session that kept numbers in store could use them long after readers went by.
CREATE SEQUENCE {schema}.event_position CACHE 1;

CREATE TABLE {schema}.events (
  position bigint NOT NULL,
  stream bigint NOT NULL,
  version bigint NOT NULL,
  occurred_at bigint NOT NULL,
  recorded_at bigint NOT NULL,
  -- Of category and type.
  kind bigint NOT NULL,
  tenant_key bigint NOT NULL,
  correlation_key bigint,
  -- Of tenant and the first of its tags: most events have one or none, and a row of its own for each tag would cost as much as an index.
  first_tag bigint,
  event_id uuid NOT NULL,
  schema_version integer NOT NULL,
  slot smallint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  stream_id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  tags text[] COLLATE "C",
  correlation_id text COLLATE "C",
  causation_id text COLLATE "C",
  metadata text NOT NULL,
  encoding text NOT NULL,
  hash text,
  -- A payload is text or bytes, kept as it came.
  body text,
  bytes bytea
);

CREATE UNIQUE INDEX events_by_position ON {schema}.events (position);
CREATE UNIQUE INDEX events_by_version ON {schema}.events (stream, version);
CREATE UNIQUE INDEX events_by_id ON {schema}.events (event_id, tenant_key);
CREATE INDEX events_by_kind ON {schema}.events (kind, position);
CREATE INDEX events_by_correlation
  ON {schema}.events (correlation_key, position)
  WHERE correlation_key IS NOT NULL;

CREATE INDEX events_by_first_tag ON {schema}.events (first_tag, position) WHERE first_tag IS NOT NULL;

-- The tags of events behind the first of each.
CREATE TABLE {schema}.event_tags (
  -- Key of tenant and tag.
  tag bigint NOT NULL,
  position bigint NOT NULL
);

CREATE UNIQUE INDEX event_tags_by_tag ON {schema}.event_tags (tag, position);

-- What happened stays.
CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are never changed or removed: % of %.% refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.streams
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.event_tags
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

ALTER TABLE {schema}.streams ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE {schema}.events ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE {schema}.event_tags ENABLE ALWAYS TRIGGER refuse_change;

-- For people: payloads as JSON, where that is what they are.
CREATE VIEW {schema}.event_log AS
  SELECT position, tenant, category, stream_id, version, type, schema_version,
    CASE WHEN encoding = 'json' AND body IS NOT NULL THEN body::json END AS data,
    CASE WHEN metadata <> '' THEN metadata::json END AS metadata,
    tags, event_id, correlation_id, causation_id,
    to_timestamp(occurred_at / 1000.0) AS occurred_at, to_timestamp(recorded_at / 1000.0) AS recorded_at,
    encoding, bytes
  FROM {schema}.events;

-- Reading order -----------------------------------------------------------------------------------------------------------------
--
-- An append announces itself before it draws positions, by a shared lock that carries a lower bound of what it may draw: advisory
-- locks of two numbers, the sequence's oid and the lower 32 bits of the bound.

-- Nothing new will ever appear at or below this position. Its two steps must each see the database as it then is, in this order: an
-- append that announces itself after the second draws above what the first has seen. It is the position of an event, not the
-- sequence's last value: what was drawn and rolled back may be drawn again after a crash.
CREATE FUNCTION {schema}.settled_position() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  sequence constant oid := '{schema}.event_position'::regclass::oid;
  last bigint;
  announced bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'reading the log needs READ COMMITTED' USING ERRCODE = 'AN001';
  END IF;
  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION 'a standby does not know what is in flight on the primary' USING ERRCODE = 'AN002';
  END IF;
  last := (SELECT e.position FROM {schema}.events e ORDER BY e.position DESC LIMIT 1);
  -- How far below `last` the lowest bound is: in 32 bits, since nothing in flight is billions of positions behind.
  SELECT max((last + 1 - objid::bigint) & 4294967295) INTO announced
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid = sequence
      AND pid IS DISTINCT FROM pg_backend_pid() -- a prepared transaction has none
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      -- Announced later: it draws above.
      AND (last + 1 - objid::bigint) & 4294967295 < 2147483648;
  RETURN coalesce(last - coalesce(announced, 0), 0);
END $$;

-- How many events between two positions have a tag; more than a thousand or two aren't counted.
CREATE FUNCTION {schema}.count_tagged(tag_key bigint, above bigint, below bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT
    (SELECT count(*) FROM (
      SELECT FROM {schema}.events e
        WHERE e.first_tag IS NOT NULL AND (e.first_tag, e.position) > (tag_key, above) AND (e.first_tag, e.position) < (tag_key, below)
        ORDER BY e.first_tag, e.position LIMIT 1000) some_of_them)
    + (SELECT count(*) FROM (
      SELECT FROM {schema}.event_tags t
        WHERE t.tag = tag_key AND t.position > above AND t.position < below
        ORDER BY t.tag, t.position LIMIT 1000) some_of_them)
$$;

-- The kinds of events that there are, by leaps through the index: some microseconds for each kind, however many events.
CREATE FUNCTION {schema}.list_kinds() RETURNS TABLE (kind bigint, category text, type text) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE leap AS (
    (SELECT e.kind, e.category, e.type FROM {schema}.events e ORDER BY e.kind LIMIT 1)
    UNION ALL
    SELECT next.kind, next.category, next.type FROM leap
      CROSS JOIN LATERAL (
        SELECT e.kind, e.category, e.type FROM {schema}.events e WHERE e.kind > leap.kind ORDER BY e.kind LIMIT 1
      ) next
  )
  SELECT kind, category, type FROM leap
$$;

-- The steps of an append -----------------------------------------------------------------------------------------------------------

-- The lock of a stream, whether it is there yet or not: 32 bits of its digest, beside the oid of `streams`. Two streams may share one,
-- and then wait for each other now and then. Locks have a table of limited size: a transaction that has a thousand takes no more of them.
-- Whoever else appends to the streams behind those is told by the unique versions.
CREATE FUNCTION {schema}.lock_streams(waits boolean, lasting boolean, keys integer[])
RETURNS boolean[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  streams constant oid := '{schema}.streams'::regclass::oid;
  setting constant text := 'annals.stream_locks_' || streams;
  most constant integer := 1000;
  taken integer := 0;
  locked boolean[];
BEGIN
  IF lasting THEN
    taken := coalesce(nullif(current_setting(setting, true), ''), '0')::integer;
    PERFORM set_config(setting, least(taken + cardinality(keys), most)::text, true);
  END IF;
  FOR n IN 1 .. cardinality(keys) LOOP
    locked[n] := taken + n > most OR pg_try_advisory_xact_lock(streams::integer, keys[n]);
    IF waits AND NOT locked[n] THEN
      PERFORM pg_advisory_xact_lock(streams::integer, keys[n]);
      locked[n] := true;
    END IF;
  END LOOP;
  RETURN locked;
END $$;

-- The lock of a transaction's first position. Its key carries 8 bits of the store, 24 of the types and tags that were appended, and
-- the lower 32 of the position.
CREATE FUNCTION {schema}.lock_position(sequence oid, marks integer, at bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(((sequence::bigint & 255) << 56) | (marks::bigint << 32) | (at & 4294967295))
$$;

-- Announces the transaction, draws its first position and settles it by the lock of that position. A transaction announces itself
-- once, remembered in a setting that a savepoint undoes together with the locks.
CREATE FUNCTION {schema}.draw_first_position(lasting boolean, marks integer)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  sequence constant oid := '{schema}.event_position'::regclass::oid;
  remembered text;
  own bigint;
BEGIN
  IF lasting THEN
    remembered := current_setting('annals.first_position_' || sequence, true);
    IF remembered <> '' THEN
      -- Others decide by the first position of a transaction whether to wait for it: from now on it may match anything.
      IF remembered NOT LIKE '%+' THEN
        PERFORM {schema}.lock_position(sequence, 16777215, remembered::bigint);
        PERFORM set_config('annals.first_position_' || sequence, remembered || '+', true);
      END IF;
      RETURN nextval(sequence);
    END IF;
  END IF;
  IF NOT pg_try_advisory_xact_lock_shared(
    sequence::integer, ((coalesce(pg_sequence_last_value(sequence), 0) + 1) << 32 >> 32)::integer
  ) THEN
    RAISE EXCEPTION 'an advisory lock of the event store is held by something else' USING ERRCODE = 'AN003';
  END IF;
  own := nextval(sequence);
  IF NOT pg_try_advisory_xact_lock(((sequence::bigint & 255) << 56) | (marks::bigint << 32) | (own & 4294967295)) THEN
    PERFORM {schema}.lock_position(sequence, marks, own);
  END IF;
  IF lasting THEN
    PERFORM set_config('annals.first_position_' || sequence, own::text, true);
  END IF;
  RETURN own;
END $$;

-- Whether an event matches an item of a query: any of the types, and all of the tags. Returns the position of one, or nothing.
-- A statement for each shape of item: one for all of them would end in scans.
CREATE FUNCTION {schema}.find_match(
  of_tenant text, after bigint, any_types text[], all_tags text[], tag_keys bigint[]
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  rarest_tag bigint;
  found bigint;
BEGIN
  IF all_tags IS NOT NULL THEN
    rarest_tag := tag_keys[1];
    IF cardinality(tag_keys) > 1 THEN
      SELECT given.key INTO rarest_tag FROM unnest(tag_keys) AS given (key)
        ORDER BY {schema}.count_tagged(given.key, after, 9223372036854775807) LIMIT 1;
    END IF;
    SELECT min(first.position) INTO found FROM (
      -- Compared as rows: with `first_tag = …` the index of positions gives the order as well, and where one tag is on most events the
      -- planner would go through all of them for a rare one.
      (SELECT e.position FROM {schema}.events e
        WHERE e.first_tag IS NOT NULL
          AND (e.first_tag, e.position) > (rarest_tag, after) AND (e.first_tag, e.position) < (rarest_tag, 9223372036854775807)
          AND e.tags @> all_tags AND e.tenant = of_tenant AND (any_types IS NULL OR e.type = ANY (any_types))
        ORDER BY e.first_tag, e.position LIMIT 1)
      UNION ALL
      (SELECT t.position FROM {schema}.event_tags t
        CROSS JOIN LATERAL (
          SELECT FROM {schema}.events e
            WHERE e.position = t.position
              AND e.tags @> all_tags AND e.tenant = of_tenant AND (any_types IS NULL OR e.type = ANY (any_types))
            OFFSET 0
        ) e
        WHERE t.tag = rarest_tag AND t.position > after
        ORDER BY t.tag, t.position LIMIT 1)
    ) first;
  ELSIF any_types IS NOT NULL THEN
    SELECT min(first.position) INTO found
      FROM {schema}.list_kinds() k
      CROSS JOIN LATERAL (
        SELECT e.position FROM {schema}.events e
          WHERE (e.kind, e.position) > (k.kind, after) AND (e.kind, e.position) < (k.kind, 9223372036854775807)
            AND e.tenant = of_tenant AND e.type = ANY (any_types)
          ORDER BY e.kind, e.position LIMIT 1
      ) first
      WHERE k.type = ANY (any_types);
  ELSE
    SELECT e.position INTO found FROM {schema}.events e
      WHERE e.position > after AND e.tenant = of_tenant ORDER BY e.position LIMIT 1;
  END IF;
  RETURN found;
END $$;

-- The position of an event that matches a batch's condition, or nothing.
CREATE FUNCTION {schema}.find_violation(
  of_batch integer, of_tenant text, after bigint, i_batch integer[], i_types text[], i_tags text[], i_tag_keys text[]
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found bigint;
BEGIN
  FOR i IN 1 .. cardinality(i_types) LOOP
    CONTINUE WHEN i_batch[i] <> of_batch; -- where all items are one batch's, there are no numbers
    found := {schema}.find_match(of_tenant, after, i_types[i]::text[], i_tags[i]::text[], i_tag_keys[i]::bigint[]);
    IF found IS NOT NULL THEN
      RETURN found;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Waits until no append below `own` is in flight whose events may match. Waits only ever go to lower positions, so they never go in
-- circles. Without `waits`: whether there is nothing to wait for.
CREATE FUNCTION {schema}.await_matching_appends(
  sequence oid, own bigint, waits boolean, tag_marks integer[], type_marks integer[]
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  unsettled boolean;
  blocking bigint;
BEGIN
  LOOP
    WITH locks AS MATERIALIZED (
      SELECT objsubid, classid, objid, virtualtransaction,
        (own - objid::bigint) & 4294967295 AS distance, (classid::bigint << 32) | objid::bigint AS key
      FROM pg_locks
      WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND pid IS DISTINCT FROM pg_backend_pid() -- a prepared transaction has none
        AND (objsubid = 2 AND classid = sequence AND mode = 'ShareLock'
          OR objsubid = 1 AND classid::bigint >> 24 = sequence::bigint & 255 AND mode = 'ExclusiveLock')
    ), keys AS (
      SELECT * FROM locks WHERE objsubid = 1
    )
    SELECT
      EXISTS (
        SELECT FROM locks bound
          WHERE bound.objsubid = 2 AND bound.distance < 2147483648
            AND NOT EXISTS (SELECT FROM keys WHERE keys.virtualtransaction = bound.virtualtransaction)),
      (SELECT min(keys.key) FROM keys
        WHERE keys.distance BETWEEN 1 AND 2147483647
          AND EXISTS (
            SELECT FROM unnest(tag_marks, type_marks) AS item (tags, types)
              WHERE keys.classid::bigint & item.tags = item.tags
                AND (item.types = 0 OR keys.classid::bigint & item.types <> 0)))
    INTO unsettled, blocking;
    IF blocking IS NULL AND NOT unsettled THEN
      RETURN true;
    ELSIF NOT waits THEN
      RETURN false;
    ELSIF blocking IS NOT NULL THEN
      PERFORM pg_advisory_xact_lock_shared(blocking);
    ELSE
      -- Between its announcement and its first position an append waits for nothing.
      PERFORM pg_sleep(0.0002);
    END IF;
  END LOOP;
END $$;

-- Whether everything between a condition's `after` and an append's own position is there to be seen, or waited for, or of no concern.
CREATE FUNCTION {schema}.is_settled_below(
  waits boolean, own bigint, after bigint, tag_marks integer[], type_marks integer[]
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  sequence constant oid := '{schema}.event_position'::regclass::oid;
BEGIN
  -- Without a gap there is nothing in flight. Looking at locks costs more than counting some events.
  IF own - after <= 256 AND own - after - 1 =
    (SELECT count(*) FROM {schema}.events e WHERE e.position > after AND e.position < own)
  THEN
    RETURN true;
  END IF;
  RETURN {schema}.await_matching_appends(sequence, own, waits, tag_marks, type_marks);
END $$;

-- Appending ---------------------------------------------------------------------------------------------------------------------
--
-- `append` and `append_one` plan each statement once, and go by indexes whatever the planner thinks of tables that were empty a
-- moment ago. Their settings hold for all that they call.

-- Appends batches, each with an outcome of its own: all that is refused is refused before anything is written.
--
-- Arrays stand in three layers: batches; their parts, one for each stream of a batch; the events of parts. Streams are listed once,
-- in the order in which they are to be locked. Outcomes: 0 appended, 1 busy, 2 an id is recorded already, 3 version conflict
-- (`details`: actual version; `places`: the part), 4 condition failed (`details`: the position of a match).
CREATE FUNCTION {schema}.append(
  -- Wait for other transactions: for a batch that travels alone. Else what is locked by others is busy.
  waits boolean,
  -- The caller's transaction may append again.
  lasting boolean,
  s_lock integer[], s_category_key bigint[], s_tenant_key bigint[], s_slot smallint[], s_tenant text[], s_category text[], s_id text[],
  b_last_part integer[], b_check_ids boolean[], b_recorded_at bigint[], b_marks integer[], b_after bigint[],
  -- `p_first`: its first event. `p_expected`: a version, -2 for a stream that exists, null for any.
  p_batch integer[], p_stream integer[], p_first integer[], p_count integer[], p_expected bigint[],
  -- Items of conditions. Null types or tags: any. Lists are written as array literals.
  i_batch integer[], i_types text[], i_tags text[], i_tag_keys text[], i_tag_marks integer[], i_type_marks integer[],
  -- Which batch's events match which batch's condition.
  r_batch integer[], r_rival integer[],
  e_id uuid[], e_kind bigint[], e_type text[], e_schema_version integer[], e_tags text[], e_first_tag bigint[],
  e_correlation_id text[], e_correlation_key bigint[], e_causation_id text[], e_metadata text[], e_occurred_at bigint[],
  e_encoding text[], e_hash text[], e_body text[], e_bytes bytea[],
  t_event integer[], t_tag bigint[],
  OUT outcomes integer[], OUT details bigint[], OUT places integer[], OUT first_versions bigint[], OUT positions bigint[]
) LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  sequence constant oid := '{schema}.event_position'::regclass::oid;
  batches constant integer := cardinality(b_last_part);
  refs bigint[];
  versions bigint[];
  is_locked boolean[];
  seen integer[];
  first_part integer := 1;
  accepted integer := 0;
  least_after bigint;
  marks integer := 0;
  is_settled boolean;
  own bigint;
  new_streams integer[] := '{}';
  made integer;
  actual bigint;
  wanted bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'appending needs READ COMMITTED' USING ERRCODE = 'AN001';
  END IF;

  -- From here on nobody else changes the streams that are locked; each statement sees what is committed now.
  is_locked := {schema}.lock_streams(waits, lasting, s_lock);
  SELECT array_agg(found.stream ORDER BY n), array_agg(coalesce(found.version, 0) ORDER BY n) INTO refs, versions
    FROM generate_series(1, cardinality(s_id)) AS n
    LEFT JOIN LATERAL (
      SELECT s.stream,
          (SELECT e.version FROM {schema}.events e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1)
        FROM {schema}.streams s
        WHERE s.category_key = s_category_key[n] AND s.id_start = left(s_id[n], 600)
          AND (CASE WHEN length(s.id) > 600 THEN md5(s.id) ELSE '' END) = (CASE WHEN length(s_id[n]) > 600 THEN md5(s_id[n]) ELSE '' END)
          AND s.tenant = s_tenant[n] AND s.category = s_category[n]
        -- Looked up one by one. Before the first ANALYZE the planner takes the table for tiny, and would join with all of it.
        OFFSET 0
    ) found ON true;

  IF true = ANY (b_check_ids) THEN
    SELECT array_agg(DISTINCT p_batch[part]) INTO seen
      FROM generate_series(1, cardinality(p_stream)) AS part
      CROSS JOIN LATERAL generate_series(p_first[part], p_first[part] + p_count[part] - 1) AS n
      CROSS JOIN LATERAL (
        SELECT FROM {schema}.events e WHERE e.event_id = e_id[n] AND e.tenant_key = s_tenant_key[p_stream[part]] OFFSET 0
      ) found
      WHERE b_check_ids[p_batch[part]];
  END IF;

  outcomes := array_fill(0, ARRAY[batches]);
  details := array_fill(0::bigint, ARRAY[batches]);
  places := array_fill(0, ARRAY[batches]);
  first_versions := array_fill(0::bigint, ARRAY[cardinality(p_stream)]);
  FOR b IN 1 .. batches LOOP
    FOR p IN first_part .. b_last_part[b] LOOP
      IF NOT is_locked[p_stream[p]] THEN
        outcomes[b] := 1;
      END IF;
    END LOOP;
    IF outcomes[b] = 0 AND b = ANY (seen) THEN
      outcomes[b] := 2;
    END IF;
    IF outcomes[b] = 0 THEN
      FOR p IN first_part .. b_last_part[b] LOOP
        actual := versions[p_stream[p]];
        wanted := p_expected[p];
        IF wanted <> actual AND (wanted <> -2 OR actual = 0) THEN
          outcomes[b] := 3;
          details[b] := actual;
          places[b] := p;
          EXIT;
        END IF;
      END LOOP;
    END IF;
    IF outcomes[b] = 0 AND b_after[b] IS NOT NULL THEN
      details[b] := {schema}.find_violation(b, s_tenant[p_stream[first_part]], b_after[b], i_batch, i_types, i_tags, i_tag_keys);
      IF details[b] IS NOT NULL THEN
        outcomes[b] := 4;
      ELSIF EXISTS (SELECT FROM unnest(r_batch, r_rival) AS r (batch, rival) WHERE r.batch = b AND outcomes[r.rival] = 0) THEN
        outcomes[b] := 1; -- what it lost against has a position only at the end
      END IF;
    END IF;
    IF outcomes[b] = 0 THEN
      accepted := accepted + 1;
      marks := marks | b_marks[b];
      least_after := least(least_after, b_after[b]);
      FOR p IN first_part .. b_last_part[b] LOOP
        first_versions[p] := versions[p_stream[p]] + 1;
        versions[p_stream[p]] := versions[p_stream[p]] + p_count[p];
      END LOOP;
    ELSIF outcomes[b] = 1 THEN
      -- Whatever else goes to these streams stays behind it.
      FOR p IN first_part .. b_last_part[b] LOOP
        is_locked[p_stream[p]] := false;
      END LOOP;
    END IF;
    first_part := b_last_part[b] + 1;
  END LOOP;
  IF accepted = 0 THEN
    RETURN;
  END IF;

  own := {schema}.draw_first_position(lasting, marks);

  IF least_after IS NOT NULL AND own > least_after + 1 THEN
    is_settled := {schema}.is_settled_below(waits, own, least_after, i_tag_marks, i_type_marks);
    first_part := 1;
    FOR b IN 1 .. batches LOOP
      IF outcomes[b] = 0 AND b_after[b] IS NOT NULL THEN
        IF is_settled THEN
          details[b] := {schema}.find_violation(b, s_tenant[p_stream[first_part]], b_after[b], i_batch, i_types, i_tags, i_tag_keys);
        END IF;
        outcomes[b] := CASE WHEN NOT is_settled THEN 1 WHEN details[b] IS NOT NULL THEN 4 ELSE 0 END;
      END IF;
      first_part := b_last_part[b] + 1;
    END LOOP;
    IF NOT 0 = ANY (outcomes) THEN
      RETURN;
    END IF;
  END IF;

  first_part := 1;
  WHILE outcomes[p_batch[first_part]] <> 0 LOOP
    first_part := first_part + 1;
  END LOOP;
  -- In the order of events; NULL at the places of what was refused.
  SELECT array_agg(CASE
      WHEN outcomes[p_batch[part]] <> 0 THEN NULL
      WHEN n = p_first[first_part] THEN own
      ELSE nextval(sequence)
    END ORDER BY n)
    INTO positions
    FROM generate_series(1, cardinality(p_stream)) AS part
    CROSS JOIN LATERAL generate_series(p_first[part], p_first[part] + p_count[part] - 1) AS n;

  IF array_position(refs, NULL) IS NOT NULL THEN
    FOR p IN 1 .. cardinality(p_stream) LOOP
      IF refs[p_stream[p]] IS NULL AND outcomes[p_batch[p]] = 0 THEN
        refs[p_stream[p]] := nextval('{schema}.stream_ref');
        new_streams := array_append(new_streams, p_stream[p]);
      END IF;
    END LOOP;
    INSERT INTO {schema}.streams (stream, category_key, slot, tenant, category, id)
      SELECT refs[n], s_category_key[n], s_slot[n], s_tenant[n], s_category[n], s_id[n] FROM unnest(new_streams) AS n
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    IF made <> cardinality(new_streams) THEN
      RAISE EXCEPTION 'another transaction has made the same stream' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;

  INSERT INTO {schema}.events (
      position, stream, version, occurred_at, recorded_at, kind, tenant_key, correlation_key, first_tag, event_id, schema_version, slot, tenant, category, stream_id,
      type, tags, correlation_id, causation_id, metadata, encoding, hash, body, bytes)
    -- By subscripts: plpgsql has its arrays in a form where each costs the same, and `unnest` would write each into a table of its own.
    SELECT positions[n], of.ref, of.version + n, e_occurred_at[n], of.recorded_at, e_kind[n], of.tenant_key, e_correlation_key[n],
        e_first_tag[n], e_id[n], e_schema_version[n], of.slot, of.tenant, of.category, of.id, e_type[n], e_tags[n]::text[],
        e_correlation_id[n], e_causation_id[n], e_metadata[n], e_encoding[n], e_hash[n], e_body[n], e_bytes[n]
      FROM generate_series(1, cardinality(p_stream)) AS part
      CROSS JOIN LATERAL (
        SELECT refs[p_stream[part]] AS ref, first_versions[part] - p_first[part] AS version, b_recorded_at[p_batch[part]] AS recorded_at,
            s_tenant_key[p_stream[part]] AS tenant_key, s_slot[p_stream[part]] AS slot, s_tenant[p_stream[part]] AS tenant,
            s_category[p_stream[part]] AS category, s_id[p_stream[part]] AS id
          WHERE outcomes[p_batch[part]] = 0
          OFFSET 0
      ) of
      CROSS JOIN LATERAL generate_series(p_first[part], p_first[part] + p_count[part] - 1) AS n;

  IF cardinality(t_event) > 0 THEN
    INSERT INTO {schema}.event_tags (tag, position)
      SELECT t_tag[n], positions[t_event[n]] FROM generate_series(1, cardinality(t_event)) AS n
        WHERE positions[t_event[n]] IS NOT NULL;
  END IF;
END $$;

-- Appends one event to one stream: what `append` does without waiting for a batch that travels with no other, in fewer steps. Most
-- appends are such ones, and arrays, loops and calls cost more than their rows. Returns the outcome, and behind it, if it is 0: version
-- and position; 3: the actual version; 4: the position of a match.
CREATE FUNCTION {schema}.append_one(
  s_lock integer, s_category_key bigint, s_tenant_key bigint, s_slot smallint, s_tenant text, s_category text, s_id text,
  check_id boolean, b_recorded_at bigint, b_marks integer, b_expected bigint, b_after bigint,
  i_types text[], i_tags text[], i_tag_keys text[], i_tag_marks integer[], i_type_marks integer[],
  e_id uuid, e_kind bigint, e_type text, e_schema_version integer, e_tags text[], e_first_tag bigint,
  e_correlation_id text, e_correlation_key bigint, e_causation_id text, e_metadata text, e_occurred_at bigint,
  e_encoding text, e_hash text, e_body text, e_bytes bytea,
  t_tags bigint[]
) RETURNS bigint[] LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  sequence constant oid := '{schema}.event_position'::regclass::oid;
  ref bigint;
  is_new boolean;
  actual bigint;
  own bigint;
  violation bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'appending needs READ COMMITTED' USING ERRCODE = 'AN001';
  END IF;
  -- As `lock_streams` does.
  IF NOT pg_try_advisory_xact_lock('{schema}.streams'::regclass::oid::integer, s_lock) THEN
    RETURN ARRAY[1];
  END IF;
  SELECT s.stream, (SELECT e.version FROM {schema}.events e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1)
    INTO ref, actual
    FROM {schema}.streams s
    WHERE s.category_key = s_category_key AND s.id_start = left(s_id, 600)
      AND (CASE WHEN length(s.id) > 600 THEN md5(s.id) ELSE '' END) = (CASE WHEN length(s_id) > 600 THEN md5(s_id) ELSE '' END)
      AND s.tenant = s_tenant AND s.category = s_category;
  is_new := ref IS NULL;
  actual := coalesce(actual, 0);

  IF check_id AND EXISTS (SELECT FROM {schema}.events e WHERE e.event_id = e_id AND e.tenant_key = s_tenant_key) THEN
    RETURN ARRAY[2];
  END IF;
  IF b_expected <> actual AND (b_expected <> -2 OR actual = 0) THEN
    RETURN ARRAY[3, actual];
  END IF;
  IF b_after IS NOT NULL THEN
    violation := {schema}.find_violation(NULL, s_tenant, b_after, NULL, i_types, i_tags, i_tag_keys);
    IF violation IS NOT NULL THEN
      RETURN ARRAY[4, violation];
    END IF;
  END IF;

  -- As `draw_first_position` does.
  IF NOT pg_try_advisory_xact_lock_shared(
    sequence::integer, ((coalesce(pg_sequence_last_value(sequence), 0) + 1) << 32 >> 32)::integer
  ) THEN
    RETURN ARRAY[1];
  END IF;
  own := nextval(sequence);
  IF NOT pg_try_advisory_xact_lock(((sequence::bigint & 255) << 56) | (b_marks::bigint << 32) | (own & 4294967295)) THEN
    RETURN ARRAY[1];
  END IF;

  IF own > b_after + 1 THEN
    IF NOT {schema}.is_settled_below(false, own, b_after, i_tag_marks, i_type_marks) THEN
      RETURN ARRAY[1];
    END IF;
    violation := {schema}.find_violation(NULL, s_tenant, b_after, NULL, i_types, i_tags, i_tag_keys);
    IF violation IS NOT NULL THEN
      RETURN ARRAY[4, violation];
    END IF;
  END IF;

  IF is_new THEN
    ref := nextval('{schema}.stream_ref');
    INSERT INTO {schema}.streams (stream, category_key, slot, tenant, category, id)
      VALUES (ref, s_category_key, s_slot, s_tenant, s_category, s_id);
  END IF;
  INSERT INTO {schema}.events (
      position, stream, version, occurred_at, recorded_at, kind, tenant_key, correlation_key, first_tag, event_id, schema_version,
      slot, tenant, category, stream_id, type, tags, correlation_id, causation_id, metadata, encoding, hash, body, bytes)
    VALUES (own, ref, actual + 1, e_occurred_at, b_recorded_at, e_kind, s_tenant_key, e_correlation_key, e_first_tag, e_id,
      e_schema_version, s_slot, s_tenant, s_category, s_id, e_type, e_tags, e_correlation_id, e_causation_id, e_metadata,
      e_encoding, e_hash, e_body, e_bytes);
  IF t_tags IS NOT NULL THEN
    INSERT INTO {schema}.event_tags (tag, position) SELECT unnest(t_tags), own;
  END IF;
  RETURN ARRAY[0, actual + 1, own];
END $$;
