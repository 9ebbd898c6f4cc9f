import type { Connection } from "../connection.ts"

/** How a port gets at the database. Each call is one piece of synchronous work, all or nothing. */
export interface PortAccess {
  read<Result>(work: (connection: Connection) => Result): Promise<Result>
  write<Result>(work: (connection: Connection) => Result): Promise<Result>
}
