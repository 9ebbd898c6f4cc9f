-- The smaller stores beside the events. Where names are looked up and not sorted by, the key is a digest of all of them, with a
-- control character between: names hold none.

-- Now, and not when the transaction began: a lease doesn't last longer because its owner's transaction does.
CREATE FUNCTION {schema}.epoch_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- Leases ------------------------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.lease_owners (
  group_key bytea NOT NULL, -- of tenant and group
  owner_key bytea NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  lease_group text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (group_key, owner_key)
);

-- A lease given back keeps its row, so that its numbers go on rising.
CREATE TABLE {schema}.leases (
  group_key bytea NOT NULL, -- of tenant and group
  resource_key bytea NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  lease_group text COLLATE "C" NOT NULL,
  resource text COLLATE "C" NOT NULL,
  owner text COLLATE "C", -- null: nobody
  fence bigint NOT NULL,
  PRIMARY KEY (group_key, resource_key)
);

-- How a group stands: one row with neither owner nor resource, then the live owners, then the leases that they hold.
CREATE FUNCTION {schema}.inspect_leases(of_tenant text, of_group text)
RETURNS TABLE (owner text, resource text, fence bigint, now bigint) LANGUAGE sql VOLATILE AS $$
  WITH given AS MATERIALIZED (
    SELECT sha256(convert_to(of_tenant || E'\x01' || of_group, 'UTF8')) AS group_key, {schema}.epoch_ms() AS now
  ), live AS MATERIALIZED (
    SELECT o.owner FROM {schema}.lease_owners o, given WHERE o.group_key = given.group_key AND o.expires_at > given.now
  )
  SELECT found.owner, found.resource, found.fence, given.now FROM given, (
    SELECT 1 AS part, NULL::text AS owner, NULL::text AS resource, NULL::bigint AS fence
    UNION ALL
    SELECT 2, live.owner, NULL, NULL FROM live
    UNION ALL
    SELECT 3, live.owner, l.resource, l.fence FROM given
      JOIN {schema}.leases l ON l.group_key = given.group_key JOIN live ON live.owner = l.owner
  ) found
  ORDER BY found.part, found.resource COLLATE "C", found.owner COLLATE "C"
$$;

CREATE FUNCTION {schema}.heartbeat(of_tenant text, of_group text, of_owner text, ttl_ms bigint)
RETURNS TABLE (owner text, resource text, fence bigint, now bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_group, 'UTF8'));
BEGIN
  INSERT INTO {schema}.lease_owners AS o (group_key, owner_key, tenant, lease_group, owner, expires_at)
    VALUES (of_key, sha256(convert_to(of_owner, 'UTF8')), of_tenant, of_group, of_owner, {schema}.epoch_ms() + ttl_ms)
    ON CONFLICT ON CONSTRAINT lease_owners_pkey DO UPDATE SET expires_at = {schema}.epoch_ms() + ttl_ms;
  -- Their leases keep their name: who comes back holds what nobody took meanwhile. Who is just coming back isn't waited for.
  DELETE FROM {schema}.lease_owners o USING (
      SELECT e.group_key, e.owner_key FROM {schema}.lease_owners e
        WHERE e.group_key = of_key AND e.expires_at <= {schema}.epoch_ms() FOR UPDATE SKIP LOCKED
    ) expired
    WHERE o.group_key = expired.group_key AND o.owner_key = expired.owner_key;
  RETURN QUERY SELECT * FROM {schema}.inspect_leases(of_tenant, of_group);
END $$;

-- Takes those that nobody alive holds. A row that is locked is one that somebody is just taking, or giving back, or that a unit of
-- work relies on: it isn't to be had now, and nobody waits for it.
CREATE FUNCTION {schema}.acquire_leases(of_tenant text, of_group text, of_owner text, wanted text[])
RETURNS TABLE (resource text, owner text, fence bigint) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_group, 'UTF8'));
  wanted_keys constant bytea[] := ARRAY(SELECT sha256(convert_to(name, 'UTF8')) FROM unnest(wanted) AS given (name));
  locked bytea[];
BEGIN
  IF NOT EXISTS (
    SELECT FROM {schema}.lease_owners o
      WHERE o.group_key = of_key AND o.owner_key = sha256(convert_to(of_owner, 'UTF8')) AND o.expires_at > {schema}.epoch_ms()
  ) THEN
    RETURN;
  END IF;
  INSERT INTO {schema}.leases (group_key, resource_key, tenant, lease_group, resource, owner, fence)
    SELECT of_key, given.key, of_tenant, of_group, given.name, NULL, 0
      FROM unnest(wanted, wanted_keys) AS given (name, key)
      WHERE NOT EXISTS (SELECT FROM {schema}.leases l WHERE l.group_key = of_key AND l.resource_key = given.key)
      ORDER BY given.key
    ON CONFLICT ON CONSTRAINT leases_pkey DO NOTHING;
  locked := ARRAY(
    SELECT l.resource_key FROM {schema}.leases l
      WHERE l.group_key = of_key AND l.resource_key = ANY (wanted_keys) AND NOT EXISTS (
        SELECT FROM {schema}.lease_owners o
          WHERE o.group_key = of_key AND o.owner = l.owner AND o.expires_at > {schema}.epoch_ms())
      ORDER BY l.resource_key FOR UPDATE OF l SKIP LOCKED);
  -- Asked again, now that nobody else can change them: an owner may have come to life, and been given a lease, since the statement
  -- before took its view of the group.
  RETURN QUERY UPDATE {schema}.leases l SET owner = of_owner, fence = l.fence + 1
    WHERE l.group_key = of_key AND l.resource_key = ANY (locked) AND NOT EXISTS (
      SELECT FROM {schema}.lease_owners o
        WHERE o.group_key = of_key AND o.owner = l.owner AND o.expires_at > {schema}.epoch_ms())
    RETURNING l.resource, l.owner, l.fence;
END $$;

-- Whether all these leases are held, which nobody can then be given before the transaction ends.
CREATE FUNCTION {schema}.hold_leases(
  of_tenant text, f_group text[], f_resource text[], f_owner text[], f_number bigint[]
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  held bigint;
BEGIN
  SELECT count(*) INTO held FROM (
    SELECT FROM {schema}.leases l
      JOIN unnest(f_group, f_resource, f_owner, f_number) AS f (lease_group, resource, owner, number)
        ON l.group_key = sha256(convert_to(of_tenant || E'\x01' || f.lease_group, 'UTF8'))
        AND l.resource_key = sha256(convert_to(f.resource, 'UTF8'))
      WHERE l.owner = f.owner AND l.fence = f.number
      ORDER BY l.group_key, l.resource_key FOR SHARE OF l
  ) locked;
  -- Life is judged after the locks, for which it may have waited.
  RETURN held = cardinality(f_group) AND NOT EXISTS (
    SELECT FROM unnest(f_group, f_owner) AS f (lease_group, owner)
      WHERE NOT EXISTS (
        SELECT FROM {schema}.lease_owners o
          WHERE o.group_key = sha256(convert_to(of_tenant || E'\x01' || f.lease_group, 'UTF8'))
            AND o.owner_key = sha256(convert_to(f.owner, 'UTF8')) AND o.expires_at > {schema}.epoch_ms()));
END $$;

-- Checkpoints -------------------------------------------------------------------------------------------------------------------

-- Ranges of slots that stand at one position. Those of a subscription always cover all slots, 0 to 1023, once. They follow the steps
-- that are taken: each instance has rows of its own soon, and none waits for another's transaction.
CREATE TABLE {schema}.checkpoints (
  key bytea NOT NULL, -- of tenant and subscription
  first_slot integer NOT NULL,
  last_slot integer NOT NULL,
  position bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  subscription text COLLATE "C" NOT NULL,
  PRIMARY KEY (key, first_slot)
) WITH (fillfactor = 50); -- room for new versions of rows beside the old ones, without touching the index

-- Ranges are sorted and don't touch each other. Returns 'advanced', 'conflict' or 'fenced'.
CREATE FUNCTION {schema}.advance_checkpoint(
  of_tenant text, of_subscription text, firsts integer[], lasts integer[], from_position bigint, to_position bigint,
  f_group text[], f_resource text[], f_owner text[], f_number bigint[]
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_subscription, 'UTF8'));
  locked_firsts integer[];
  locked_lasts integer[];
  elsewhere boolean;
  missing boolean;
BEGIN
  IF cardinality(f_group) > 0 AND NOT {schema}.hold_leases(of_tenant, f_group, f_resource, f_owner, f_number) THEN
    RETURN 'fenced';
  END IF;
  LOOP
    SELECT array_agg(first_slot ORDER BY first_slot), array_agg(last_slot ORDER BY first_slot),
        bool_or(position <> from_position)
      INTO locked_firsts, locked_lasts, elsewhere
      FROM (
        SELECT c.first_slot, c.last_slot, c.position FROM {schema}.checkpoints c
          -- The last range that begins at or before the row's end is the one that may touch it.
          WHERE c.key = of_key AND lasts[width_bucket(c.last_slot, firsts)] >= c.first_slot
          ORDER BY c.first_slot FOR UPDATE
      ) locked;
    IF elsewhere THEN
      RETURN 'conflict';
    END IF;
    IF locked_firsts IS NULL AND NOT EXISTS (SELECT FROM {schema}.checkpoints c WHERE c.key = of_key) THEN
      IF from_position <> 0 THEN
        RETURN 'conflict';
      END IF;
      INSERT INTO {schema}.checkpoints (key, first_slot, last_slot, position, tenant, subscription)
        VALUES (of_key, 0, 1023, 0, of_tenant, of_subscription) ON CONFLICT DO NOTHING;
      CONTINUE;
    END IF;
    EXIT WHEN locked_firsts = firsts AND locked_lasts = lasts;
    SELECT EXISTS (
        SELECT generate_series(step.first, step.last) FROM unnest(firsts, lasts) AS step (first, last)
        EXCEPT
        SELECT generate_series(there.first, there.last) FROM unnest(locked_firsts, locked_lasts) AS there (first, last))
      INTO missing;
    -- Rows that somebody split, and committed while these locks were waited for, are there to be seen only now.
    EXIT WHEN NOT missing;
  END LOOP;
  IF from_position = to_position THEN
    RETURN 'advanced';
  END IF;
  IF locked_firsts = firsts AND locked_lasts = lasts THEN
    UPDATE {schema}.checkpoints SET position = to_position WHERE key = of_key AND first_slot = ANY (firsts);
    RETURN 'advanced';
  END IF;
  DELETE FROM {schema}.checkpoints WHERE key = of_key AND first_slot = ANY (locked_firsts);
  INSERT INTO {schema}.checkpoints (key, first_slot, last_slot, position, tenant, subscription)
    SELECT of_key, step.first, step.last, to_position, of_tenant, of_subscription
      FROM unnest(firsts, lasts) AS step (first, last)
    UNION ALL
    SELECT of_key, min(slot), max(slot), from_position, of_tenant, of_subscription
      FROM (
        SELECT slot, slot - row_number() OVER (ORDER BY slot) AS island
          FROM (
            SELECT generate_series(there.first, there.last) AS slot
              FROM unnest(locked_firsts, locked_lasts) AS there (first, last)
            EXCEPT
            SELECT generate_series(step.first, step.last) FROM unnest(firsts, lasts) AS step (first, last)
          ) staying
      ) numbered
      GROUP BY island;
  RETURN 'advanced';
END $$;

-- Null: forgets the subscription.
CREATE FUNCTION {schema}.reset_checkpoint(of_tenant text, of_subscription text, to_position bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_subscription, 'UTF8'));
BEGIN
  IF to_position IS NOT NULL THEN
    INSERT INTO {schema}.checkpoints (key, first_slot, last_slot, position, tenant, subscription)
      VALUES (of_key, 0, 1023, to_position, of_tenant, of_subscription)
      ON CONFLICT (key, first_slot) DO UPDATE SET last_slot = 1023, position = to_position;
  END IF;
  -- Each round sees the rows that were split off those for which the round before waited.
  LOOP
    DELETE FROM {schema}.checkpoints WHERE key = of_key AND (to_position IS NULL OR first_slot > 0);
    EXIT WHEN NOT EXISTS (
      SELECT FROM {schema}.checkpoints WHERE key = of_key AND (to_position IS NULL OR first_slot > 0));
  END LOOP;
END $$;

-- Dead letters ------------------------------------------------------------------------------------------------------------------

-- A stream that is parked for a source. Whoever changes its entries locks it first, several in the order of their keys.
CREATE TABLE {schema}.parked_streams (
  source_key bytea NOT NULL, -- of tenant and source
  stream_key bytea NOT NULL, -- of the stream's tenant, category and id
  tenant text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  stream_tenant text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  stream_id text COLLATE "C" NOT NULL,
  status text NOT NULL DEFAULT 'parked',
  PRIMARY KEY (source_key, stream_key)
);

CREATE TABLE {schema}.dead_letters (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_key bytea NOT NULL,
  stream_key bytea NOT NULL,
  version bigint NOT NULL,
  position bigint NOT NULL,
  event_id uuid NOT NULL,
  slot smallint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  failure text, -- JSON; null: it only waits behind one that failed
  event text, -- JSON; null: it is in the log
  bytes bytea, -- the body of that event, where it isn't text
  FOREIGN KEY (source_key, stream_key) REFERENCES {schema}.parked_streams (source_key, stream_key)
);

CREATE UNIQUE INDEX dead_letters_by_event ON {schema}.dead_letters (source_key, event_id);
CREATE INDEX dead_letters_by_stream ON {schema}.dead_letters (source_key, stream_key);
CREATE INDEX dead_letters_by_tenant ON {schema}.dead_letters (left(tenant, 600), sequence);

CREATE FUNCTION {schema}.park_dead_letters(
  of_tenant text, of_source text, e_stream_tenant text[], e_category text[], e_stream_id text[], e_version bigint[],
  e_position bigint[], e_event_id uuid[], e_type text[], e_slot smallint[], e_failure text[], e_event text[], e_bytes text[]
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_source, 'UTF8'));
  e_stream_key constant bytea[] := ARRAY(
    SELECT sha256(convert_to(given.tenant || E'\x01' || given.category || E'\x01' || given.id, 'UTF8'))
      FROM unnest(e_stream_tenant, e_category, e_stream_id) WITH ORDINALITY AS given (tenant, category, id, n)
      ORDER BY given.n);
BEGIN
  INSERT INTO {schema}.parked_streams AS s (source_key, stream_key, tenant, source, stream_tenant, category, stream_id)
    SELECT DISTINCT ON (given.key) of_key, given.key, of_tenant, of_source, given.tenant, given.category, given.id
      FROM unnest(e_stream_key, e_stream_tenant, e_category, e_stream_id) AS given (key, tenant, category, id)
      ORDER BY given.key
    ON CONFLICT (source_key, stream_key) DO UPDATE SET status = s.status;
  INSERT INTO {schema}.dead_letters (source_key, stream_key, version, position, event_id, slot, tenant, type, failure, event, bytes)
    SELECT of_key, given.stream_key, given.version, given.position, given.event_id, given.slot, of_tenant, given.type,
        given.failure, given.event, decode(given.bytes, 'base64')
      FROM unnest(e_stream_key, e_version, e_position, e_event_id, e_slot, e_type, e_failure, e_event, e_bytes) WITH ORDINALITY
        AS given (stream_key, version, position, event_id, slot, type, failure, event, bytes, n)
      ORDER BY given.n
    ON CONFLICT DO NOTHING;
END $$;

-- Returns how many entries are marked.
CREATE FUNCTION {schema}.requeue_dead_letters(
  of_tenant text, of_source text, of_category text, of_stream_id text, of_stream_tenant text
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_source, 'UTF8'));
  locked constant bytea[] := ARRAY(
    SELECT s.stream_key FROM {schema}.parked_streams s
      WHERE s.source_key = of_key
        AND (of_category IS NULL OR s.category = of_category AND s.stream_id = of_stream_id)
        AND (of_stream_tenant IS NULL OR s.stream_tenant = of_stream_tenant)
      ORDER BY s.stream_key FOR UPDATE);
BEGIN
  UPDATE {schema}.parked_streams SET status = 'requeued' WHERE source_key = of_key AND stream_key = ANY (locked);
  RETURN (SELECT count(*) FROM {schema}.dead_letters d WHERE d.source_key = of_key AND d.stream_key = ANY (locked));
END $$;

-- Locks the streams of some entries, and returns their keys.
CREATE FUNCTION {schema}.lock_parked_streams(of_key bytea, event_ids uuid[]) RETURNS bytea[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN ARRAY(
    SELECT s.stream_key FROM {schema}.parked_streams s
      WHERE s.source_key = of_key AND s.stream_key IN (
        SELECT d.stream_key FROM {schema}.dead_letters d WHERE d.source_key = of_key AND d.event_id = ANY (event_ids))
      ORDER BY s.stream_key FOR UPDATE);
END $$;

CREATE FUNCTION {schema}.replay_failed(of_tenant text, of_source text, of_event_id uuid, new_failure text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_source, 'UTF8'));
  locked constant bytea[] := {schema}.lock_parked_streams(of_key, ARRAY[of_event_id]);
BEGIN
  UPDATE {schema}.dead_letters SET failure = new_failure WHERE source_key = of_key AND event_id = of_event_id;
  IF FOUND THEN
    UPDATE {schema}.parked_streams SET status = 'parked' WHERE source_key = of_key AND stream_key = ANY (locked);
  END IF;
END $$;

-- Returns how many there were. A stream without entries is no longer parked.
CREATE FUNCTION {schema}.remove_dead_letters(of_tenant text, of_source text, event_ids uuid[])
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  of_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || of_source, 'UTF8'));
  locked constant bytea[] := {schema}.lock_parked_streams(of_key, event_ids);
  removed bigint;
BEGIN
  DELETE FROM {schema}.dead_letters
    WHERE source_key = of_key AND event_id = ANY (event_ids) AND stream_key = ANY (locked);
  GET DIAGNOSTICS removed = ROW_COUNT;
  DELETE FROM {schema}.parked_streams s
    WHERE s.source_key = of_key AND s.stream_key = ANY (locked) AND NOT EXISTS (
      SELECT FROM {schema}.dead_letters d WHERE d.source_key = of_key AND d.stream_key = s.stream_key);
  RETURN removed;
END $$;

-- Snapshots ---------------------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.snapshots (
  key bytea NOT NULL, -- of tenant, kind, name and id
  revision bigint NOT NULL,
  schema_version bigint NOT NULL,
  taken_at bigint NOT NULL,
  is_text boolean NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  name text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  encoding text NOT NULL,
  hash text,
  -- Text that PostgreSQL can't hold, for a NUL in it, is kept as bytes.
  body text,
  bytes bytea,
  PRIMARY KEY (key, revision)
);

-- Outbox and inbox --------------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.outbox (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  added_at bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  key text COLLATE "C",
  body text NOT NULL, -- JSON
  headers text -- JSON
);

CREATE UNIQUE INDEX outbox_by_id ON {schema}.outbox (id, left(tenant, 600), {schema}.digest_of_long(tenant));
CREATE INDEX outbox_by_tenant ON {schema}.outbox (left(tenant, 600), sequence);

CREATE TABLE {schema}.inbox_versions (
  key bytea PRIMARY KEY, -- of tenant, consumer, source, and the stream's tenant, category and id
  version bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  consumer text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  stream_tenant text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  stream_id text COLLATE "C" NOT NULL
);

CREATE TABLE {schema}.inbox_events (
  consumer_key bytea NOT NULL, -- of tenant and consumer
  event_id uuid NOT NULL,
  expires_at bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  consumer text COLLATE "C" NOT NULL,
  PRIMARY KEY (consumer_key, event_id)
);

CREATE INDEX inbox_events_by_expiry ON {schema}.inbox_events (left(tenant, 600), expires_at);

-- Read models -------------------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.read_models (
  model_key bytea NOT NULL, -- of tenant and model
  version bigint NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  -- A column: behind a policy, PostgreSQL finds nothing by an expression.
  id_start text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(id, 600)) STORED,
  value text NOT NULL, -- JSON, as it was given
  -- What queries look at: the same without arrays and nulls, its texts written so that jsonb can hold them all, in the same order.
  fields jsonb
);

CREATE UNIQUE INDEX read_models_by_id ON {schema}.read_models (model_key, id_start, {schema}.digest_of_long(id));

CREATE FUNCTION {schema}.replace_read_model(of_tenant text, from_model text, to_model text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  from_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || from_model, 'UTF8'));
  to_key constant bytea := sha256(convert_to(of_tenant || E'\x01' || to_model, 'UTF8'));
BEGIN
  FOR attempt IN 1 .. 20 LOOP
    BEGIN
      DELETE FROM {schema}.read_models WHERE model_key = to_key;
      UPDATE {schema}.read_models SET model_key = to_key, model = to_model WHERE model_key = from_key;
      RETURN;
    EXCEPTION WHEN unique_violation THEN
      -- Somebody has just saved a row of this id into the old model: it goes like the rest of it.
      IF attempt = 20 THEN
        RAISE;
      END IF;
    END;
  END LOOP;
END $$;
