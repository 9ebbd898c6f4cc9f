-- Row-level security: the database itself keeps a tenant's rows apart, also where a statement forgets to ask for the tenant. It is off
-- until `enable_row_level_security()`. Superusers, and roles with BYPASSRLS, always see all tenants.

-- The tenant that the transaction is bound to; null: none, so that nothing is to be seen. A setting that was made for a transaction
-- reads as '' after it, and '' is a tenant: the marker before the name tells them apart.
CREATE FUNCTION {schema}.bound_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN left(current_setting('annals.tenant', true), 2) = 't:' THEN substr(current_setting('annals.tenant', true), 3) END
$$;

-- `event_tags` has none: it holds digests and positions, and leads to nothing but events. Each sub-select is computed once for a
-- statement. Behind a policy, other conditions find rows by an index only where their operators can't leak what they see, which
-- `left()` may: policies name the keys themselves by which a tenant's rows are found.
CREATE POLICY tenant ON {schema}.events
  USING (left(tenant, 600) = (SELECT left({schema}.bound_tenant(), 600)) AND tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.streams
  USING (left(tenant, 600) = (SELECT left({schema}.bound_tenant(), 600)) AND tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.lease_owners USING (tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.leases USING (tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.checkpoints USING (tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.parked_streams USING (tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.dead_letters
  USING (left(tenant, 600) = (SELECT left({schema}.bound_tenant(), 600)) AND tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.snapshots USING (tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.outbox
  USING (left(tenant, 600) = (SELECT left({schema}.bound_tenant(), 600)) AND tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.inbox_versions USING (tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.inbox_events
  USING (left(tenant, 600) = (SELECT left({schema}.bound_tenant(), 600)) AND tenant = (SELECT {schema}.bound_tenant()));
CREATE POLICY tenant ON {schema}.read_models USING (tenant = (SELECT {schema}.bound_tenant()));

-- How far the log may have become longer, for who waits until it does and need not see what came. Like `settled_position`, but it goes by
-- what was drawn instead of by what is to be seen.
CREATE FUNCTION {schema}.settled_draws() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  sequence constant oid := '{schema}.event_position'::regclass::oid;
  last constant bigint := coalesce(pg_sequence_last_value(sequence), 0);
BEGIN
  RETURN last - coalesce((
    SELECT max((last + 1 - objid::bigint) & 4294967295)
      FROM pg_locks
      WHERE locktype = 'advisory' AND objsubid = 2 AND classid = sequence
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (last + 1 - objid::bigint) & 4294967295 < 2147483648), 0);
END $$;

CREATE FUNCTION {schema}.tables_of_tenants() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
  SELECT p.polrelid::regclass FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid
    WHERE p.polname = 'tenant' AND t.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '{schema}.events'::regclass)
$$;

-- FORCE binds the owner too: a program that migrates its schema by itself is its owner. A view looks with the rights of who asks.
CREATE FUNCTION {schema}.enable_row_level_security() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each regclass;
BEGIN
  IF current_setting('server_version_num')::integer >= 150000 THEN
    EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', '{schema}.event_log'::regclass);
  ELSIF (
    SELECT o.rolsuper OR o.rolbypassrls FROM pg_class v JOIN pg_roles o ON o.oid = v.relowner
      WHERE v.oid = '{schema}.event_log'::regclass
  ) THEN
    RAISE EXCEPTION 'the view event_log would show all tenants: before PostgreSQL 15 a view looks with the rights of its owner, whom row security doesn''t bind'
      USING ERRCODE = 'object_not_in_prerequisite_state',
        HINT = 'Give the schema and all in it to a role that is no superuser and has no BYPASSRLS.';
  END IF;
  FOR each IN SELECT * FROM {schema}.tables_of_tenants() LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', each);
  END LOOP;
  -- A tenant's rows are not to be looked for among those of all others.
  CREATE INDEX IF NOT EXISTS events_of_tenant_by_position ON {schema}.events (left(tenant, 600), position);
  CREATE INDEX IF NOT EXISTS events_of_tenant_by_kind ON {schema}.events (left(tenant, 600), kind, position);
  CREATE INDEX IF NOT EXISTS streams_of_tenant ON {schema}.streams (left(tenant, 600), category_key, id_start);
END $$;

CREATE FUNCTION {schema}.disable_row_level_security() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each regclass;
BEGIN
  FOR each IN SELECT * FROM {schema}.tables_of_tenants() LOOP
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', each);
  END LOOP;
  DROP INDEX IF EXISTS {schema}.events_of_tenant_by_position, {schema}.events_of_tenant_by_kind, {schema}.streams_of_tenant;
END $$;
