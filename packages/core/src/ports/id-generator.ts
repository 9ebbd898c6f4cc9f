/** Makes ids of events and commands: UUIDs, never the same twice. */
export type IdGenerator = () => string
