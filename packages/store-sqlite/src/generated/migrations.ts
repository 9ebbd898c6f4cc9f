// Generated from migrations/*.sql by scripts/generate-migrations.ts. Don't edit.

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: "initial",
    sql: `-- Names are kept once and referred to by small integers. Rows of these tables are only ever added.

CREATE TABLE tenants (
  ref INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO tenants (ref, name) VALUES (0, '');

CREATE TABLE categories (
  ref INTEGER PRIMARY KEY,
  tenant_ref INTEGER NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (tenant_ref, name)
) STRICT;

-- Everything that many events have in common: what a filter asks for is looked up here, not in the events.
CREATE TABLE event_kinds (
  ref INTEGER PRIMARY KEY,
  category_ref INTEGER NOT NULL,
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  encoding TEXT NOT NULL,
  text_as_bytes INTEGER NOT NULL, -- 1: the body is text that holds a NUL, kept as its UTF-8 bytes
  UNIQUE (category_ref, type, schema_version, encoding, text_as_bytes)
) STRICT;

CREATE TABLE tags (
  ref INTEGER PRIMARY KEY,
  tenant_ref INTEGER NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (tenant_ref, name)
) STRICT;

-- A stream's version is that of its last event, so that a stream's row never changes.
CREATE TABLE streams (
  ref INTEGER PRIMARY KEY,
  category_ref INTEGER NOT NULL,
  id TEXT NOT NULL,
  slot INTEGER NOT NULL,
  UNIQUE (category_ref, id)
) STRICT;

CREATE TABLE events (
  position INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, whatever was deleted by force
  stream_ref INTEGER NOT NULL,
  version INTEGER NOT NULL,
  tenant_ref INTEGER NOT NULL DEFAULT 0, -- 0: the tenant ''
  id BLOB NOT NULL, -- the 16 bytes of the UUID
  kind_ref INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  occurred_at INTEGER, -- NULL: at the time of recording
  metadata TEXT, -- the text of a JSON object; NULL: none
  correlation ANY, -- a UUID as 16 bytes, anything else as text
  causation ANY, -- likewise
  tags TEXT, -- refs joined by spaces, in the order of their names; NULL: none
  body ANY, -- text or bytes; NULL: no bytes
  hash TEXT
) STRICT;

CREATE UNIQUE INDEX events_by_id ON events (id, tenant_ref);

-- What one append adds for one stream, tag or correlation has positions without a gap: a run of 1 + more events. One row for each
-- run instead of one for each event makes appends of many events twice as fast.

CREATE TABLE stream_runs (
  stream_ref INTEGER NOT NULL,
  first_version INTEGER NOT NULL,
  first_position INTEGER NOT NULL,
  more INTEGER NOT NULL,
  PRIMARY KEY (stream_ref, first_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag_runs (
  tag_ref INTEGER NOT NULL,
  first_position INTEGER NOT NULL,
  more INTEGER NOT NULL,
  PRIMARY KEY (tag_ref, first_position)
) STRICT, WITHOUT ROWID;

CREATE TABLE correlation_runs (
  correlation ANY NOT NULL, -- as in events
  first_position INTEGER NOT NULL,
  more INTEGER NOT NULL,
  PRIMARY KEY (correlation, first_position)
) STRICT, WITHOUT ROWID;

-- In which stretches of 1,024 positions a kind occurs: skips what a filter can't match, at a thousandth of an index's cost.
CREATE TABLE kind_segments (
  kind_ref INTEGER NOT NULL,
  segment INTEGER NOT NULL, -- position / 1024
  PRIMARY KEY (kind_ref, segment)
) STRICT, WITHOUT ROWID;

-- Versions of a stream are unique and without gaps, whatever a program does.
CREATE TRIGGER stream_runs_follow BEFORE INSERT ON stream_runs
WHEN NEW.more < 0 OR NEW.first_version <> 1 + coalesce(
  (SELECT first_version + more FROM stream_runs WHERE stream_ref = NEW.stream_ref ORDER BY first_version DESC LIMIT 1), 0)
BEGIN SELECT RAISE(ABORT, 'annals: versions of a stream follow each other'); END;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER stream_runs_never_change BEFORE UPDATE ON stream_runs
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER stream_runs_never_go BEFORE DELETE ON stream_runs
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER tag_runs_never_change BEFORE UPDATE ON tag_runs
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER tag_runs_never_go BEFORE DELETE ON tag_runs
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER correlation_runs_never_change BEFORE UPDATE ON correlation_runs
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER correlation_runs_never_go BEFORE DELETE ON correlation_runs
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER kind_segments_never_change BEFORE UPDATE ON kind_segments
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER kind_segments_never_go BEFORE DELETE ON kind_segments
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER streams_never_change BEFORE UPDATE ON streams
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER streams_never_go BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER event_kinds_never_change BEFORE UPDATE ON event_kinds
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER event_kinds_never_go BEFORE DELETE ON event_kinds
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER categories_never_change BEFORE UPDATE ON categories
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER categories_never_go BEFORE DELETE ON categories
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER tags_never_change BEFORE UPDATE ON tags
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER tags_never_go BEFORE DELETE ON tags
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;
CREATE TRIGGER tenants_never_change BEFORE UPDATE ON tenants
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never changed'); END;
CREATE TRIGGER tenants_never_go BEFORE DELETE ON tenants
BEGIN SELECT RAISE(ABORT, 'annals: what is recorded is never deleted'); END;

-- For people: nothing in the code reads it.
CREATE VIEW events_readable AS
SELECT
  e.position,
  t.name AS tenant,
  c.name AS category,
  s.id AS stream,
  e.version,
  k.type,
  k.schema_version,
  CASE
    WHEN typeof(e.body) = 'text' AND json_valid(e.body) THEN json(e.body)
    WHEN typeof(e.body) = 'text' THEN json_object('encoding', k.encoding, 'text', e.body)
    ELSE json_object('encoding', k.encoding, 'bytes', lower(hex(e.body)))
  END AS data,
  json(coalesce(e.metadata, '{}')) AS metadata,
  CASE typeof(e.correlation) WHEN 'blob' THEN lower(hex(e.correlation)) ELSE e.correlation END AS correlation_id,
  CASE typeof(e.causation) WHEN 'blob' THEN lower(hex(e.causation)) ELSE e.causation END AS causation_id,
  (SELECT json_group_array(g.name) FROM json_each('[' || replace(coalesce(e.tags, ''), ' ', ',') || ']') r
    JOIN tags g ON g.ref = r.value) AS tags,
  strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(e.occurred_at, e.recorded_at) / 1000.0, 'unixepoch') AS occurred_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.recorded_at / 1000.0, 'unixepoch') AS recorded_at,
  lower(hex(e.id)) AS id
FROM events e
JOIN streams s ON s.ref = e.stream_ref
JOIN event_kinds k ON k.ref = e.kind_ref
JOIN categories c ON c.ref = s.category_ref
JOIN tenants t ON t.ref = c.tenant_ref;

-- How far subscriptions have come. One row for each position that slots stand at; a subscription's rows share out all 1,024 slots.
CREATE TABLE checkpoints (
  tenant TEXT NOT NULL,
  subscription TEXT NOT NULL,
  position INTEGER NOT NULL,
  slots BLOB NOT NULL, -- 128 bytes, a bit for each slot
  PRIMARY KEY (tenant, subscription, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  source TEXT NOT NULL,
  stream_tenant TEXT NOT NULL,
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  slot INTEGER NOT NULL,
  status TEXT NOT NULL,
  failure TEXT, -- JSON; NULL: it only waits behind one that failed
  event TEXT, -- JSON; NULL: it is in the log
  body BLOB, -- of that event, where it is bytes
  UNIQUE (tenant, source, event_id)
) STRICT;

CREATE INDEX dead_letters_by_stream ON dead_letters (tenant, source, category, stream_id);

CREATE TABLE snapshots (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  schema_version INTEGER NOT NULL,
  encoding TEXT NOT NULL,
  is_text INTEGER NOT NULL,
  body BLOB,
  hash TEXT,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind, name, id, revision)
) STRICT;

CREATE TABLE outbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT,
  body TEXT NOT NULL, -- JSON
  headers TEXT, -- JSON
  added_at INTEGER NOT NULL,
  UNIQUE (tenant, id)
) STRICT;

CREATE TABLE inbox_versions (
  tenant TEXT NOT NULL,
  consumer TEXT NOT NULL,
  source TEXT NOT NULL,
  stream_tenant TEXT NOT NULL,
  category TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, consumer, source, stream_tenant, category, stream_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox_events (
  tenant TEXT NOT NULL,
  consumer TEXT NOT NULL,
  event_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, consumer, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_events_by_expiry ON inbox_events (tenant, expires_at);

CREATE TABLE lease_owners (
  tenant TEXT NOT NULL,
  lease_group TEXT NOT NULL,
  owner TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, lease_group, owner)
) STRICT, WITHOUT ROWID;

-- A lease given back keeps its row, so that its numbers go on rising.
CREATE TABLE leases (
  tenant TEXT NOT NULL,
  lease_group TEXT NOT NULL,
  resource TEXT NOT NULL,
  owner TEXT, -- NULL: nobody
  fence INTEGER NOT NULL,
  PRIMARY KEY (tenant, lease_group, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE read_models (
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  value TEXT NOT NULL, -- JSON
  PRIMARY KEY (tenant, model, id)
) STRICT;
`,
  },
]
