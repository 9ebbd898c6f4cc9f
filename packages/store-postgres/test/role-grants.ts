/**
 * What each kind of role needs, in a schema `annals`. The owner migrates and needs no grants: the schema is its own. After each
 * migration the owner grants anew what there is then. Functions may be executed by everybody, and run with the caller's rights.
 */
const roleGrants = {
  /** Once, by whoever may create schemas. */
  owner: ["CREATE SCHEMA annals AUTHORIZATION annals_owner"],
  reader: [
    "GRANT USAGE ON SCHEMA annals TO annals_reader",
    "GRANT SELECT ON ALL TABLES IN SCHEMA annals TO annals_reader",
    "GRANT SELECT ON SEQUENCE annals.event_position TO annals_reader",
  ],
  writer: [
    "GRANT USAGE ON SCHEMA annals TO annals_writer",
    "GRANT SELECT ON ALL TABLES IN SCHEMA annals TO annals_writer",
    "GRANT INSERT ON annals.streams, annals.events, annals.event_tags TO annals_writer",
    "GRANT USAGE ON SEQUENCE annals.event_position, annals.stream_ref TO annals_writer",
    `GRANT INSERT, UPDATE, DELETE ON annals.checkpoints, annals.lease_owners, annals.leases, annals.parked_streams, annals.dead_letters,
      annals.snapshots, annals.outbox, annals.inbox_versions, annals.inbox_events, annals.read_models TO annals_writer`,
  ],
} as const

/** A stranger has none. */
export type RoleKind = keyof typeof roleGrants | "stranger"

/** The statements for a role of any name. */
export function grantsTo(kind: RoleKind, role: string): string[] {
  return kind === "stranger" ? [] : roleGrants[kind].map((sql) => sql.replaceAll(`annals_${kind}`, role))
}
