/**
 * The same guarantees as a whole store: order by positions that never come twice, unique versions, unique ids, tags that can be searched, a log that refuses changes. Names are stored once, and referred to by small integers; a stream's version is that of its last
 * event, so that no second row changes with it.
 */
export const schema = `
  CREATE TABLE streams (
    ref INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    category TEXT NOT NULL,
    id TEXT NOT NULL,
    UNIQUE (tenant, category, id)
  ) STRICT;
  CREATE TABLE names (ref INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL, -- type and schema version
    occurred_at INTEGER, -- NULL: when it was recorded
    recorded_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    tags TEXT -- references joined by spaces
  ) STRICT;
  CREATE UNIQUE INDEX events_by_version ON events (stream, version);
  CREATE TABLE tags (tag INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (tag, position)) WITHOUT ROWID, STRICT;
  CREATE TRIGGER no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
  CREATE TRIGGER no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
`
