/** What must hold beyond SQLite's own check. Each finds what breaks it, and says so in one line a row. */
export const integrityChecks: readonly { readonly name: string; readonly sql: string }[] = [
  { name: "file", sql: "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'" },
  {
    name: "versions",
    sql: `
      SELECT 'event ' || e.position || ' is version ' || e.version || ' of stream ' || e.stream_ref || ', its run says otherwise'
      FROM events e LEFT JOIN stream_runs r ON r.stream_ref = e.stream_ref AND r.first_version = (
        SELECT max(first_version) FROM stream_runs WHERE stream_ref = e.stream_ref AND first_version <= e.version)
      WHERE r.stream_ref IS NULL OR e.version > r.first_version + r.more
        OR e.position <> r.first_position + e.version - r.first_version
      LIMIT 100`,
  },
  {
    name: "missing events",
    sql: `
      SELECT 'run ' || stream_ref || '/' || first_version || ' should have ' || (more + 1) || ' events'
      FROM stream_runs r WHERE more + 1 <> (
        SELECT count(*) FROM events WHERE position BETWEEN r.first_position AND r.first_position + r.more)
      LIMIT 100`,
  },
  {
    name: "gaps",
    sql: `
      SELECT 'stream ' || stream_ref || ' has a gap or an overlap before version ' || first_version FROM (
        SELECT stream_ref, first_version, first_position,
          lag(first_version + more, 1, 0) OVER earlier AS previous_version,
          lag(first_position + more, 1, 0) OVER earlier AS previous_position
        FROM stream_runs WINDOW earlier AS (PARTITION BY stream_ref ORDER BY first_version))
      WHERE first_version <> previous_version + 1 OR first_position <= previous_position
      LIMIT 100`,
  },
  {
    name: "names",
    sql: `
      SELECT 'event ' || e.position || ' refers to a stream or kind that is not there, or of different categories'
      FROM events e LEFT JOIN streams s ON s.ref = e.stream_ref LEFT JOIN event_kinds k ON k.ref = e.kind_ref
        LEFT JOIN categories c ON c.ref = s.category_ref
      WHERE s.category_ref IS NOT k.category_ref OR c.tenant_ref IS NOT e.tenant_ref
      LIMIT 100`,
  },
  {
    name: "tags",
    sql: `
      SELECT 'event ' || e.position || ' has tag ' || given.value || ', which does not lead to it'
      FROM events e, json_each('[' || replace(e.tags, ' ', ',') || ']') given
      WHERE e.tags IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM tags WHERE ref = given.value) OR coalesce((
        SELECT first_position + more FROM tag_runs WHERE tag_ref = given.value AND first_position <= e.position
        ORDER BY first_position DESC LIMIT 1), 0) < e.position)
      LIMIT 100`,
  },
  {
    name: "tagged events",
    sql: `
      SELECT 'tag runs lead to ' || runs || ' events, tags of events are ' || events FROM (
        SELECT (SELECT coalesce(sum(more + 1), 0) FROM tag_runs) AS runs,
          (SELECT coalesce(sum(1 + length(tags) - length(replace(tags, ' ', ''))), 0) FROM events WHERE tags IS NOT NULL) AS events)
      WHERE runs <> events`,
  },
  {
    name: "correlations",
    sql: `
      SELECT 'event ' || e.position || ' has a correlation that does not lead to it'
      FROM events e WHERE e.correlation IS NOT NULL AND coalesce((
        SELECT first_position + more FROM correlation_runs WHERE correlation = e.correlation AND first_position <= e.position
        ORDER BY first_position DESC LIMIT 1), 0) < e.position
      LIMIT 100`,
  },
  {
    name: "kinds",
    sql: `
      SELECT 'kind ' || kind_ref || ' is not noted in segment ' || segment FROM (
        SELECT kind_ref, position / 1024 AS segment FROM events
        EXCEPT SELECT kind_ref, segment FROM kind_segments)
      LIMIT 100`,
  },
  {
    name: "positions",
    sql: `
      SELECT 'the last position is ' || last || ', the next one would not be above it' FROM (
        SELECT max(position) AS last FROM events)
      WHERE last > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)`,
  },
]

export const countEvents = "SELECT count(*) FROM events"
export const countStreams = "SELECT count(*) FROM streams"
