import { AnnalsError, isAnnalsError, type UnitOfWork } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import type { ClientBase } from "pg"
import type { Moment } from "../stores/operation.ts"
import type { StoreAccess } from "../stores/store-access.ts"

export interface PostgresLocation {
  readonly connectionString: string
  readonly schema: string
  /** The store's option: with 0, whoever asked the store resolves what became of it, without the store's help. */
  readonly retryForMs: number
}

/** A store of its own for each process. While the server is killed, or a connection ends, the store fails: whoever asked asks again. */
export const accessPostgres: StoreAccess<PostgresLocation> = {
  open: (location) => createPostgresStore({ ...location, migrate: "auto" }),
  prepareFault,
  mayHaveFailedByFault: (error) => isAnnalsError(error) && error.retryable,
}

/**
 * The server waits at each commit that asks for it until a standby has it too, and there is none (see `prepareServer`): a commit that is done, and
 * that nobody hears of.
 */
async function prepareFault(unitOfWork: UnitOfWork<unknown>, moment: Moment): Promise<number> {
  const tx = unitOfWork.tx as ClientBase
  try {
    if (moment === "at-commit") {
      await tx.query("SET LOCAL synchronous_commit = on")
      // Where the append was made before, there would be nothing to commit.
      await tx.query("SELECT pg_logical_emit_message(true, 'annals-faults', 'commit')")
    }
    const { rows } = await tx.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")
    return rows[0]?.pid as number
  } catch (cause) {
    // Another fault was faster: it is this code that asked the server, so the store has nothing to say about it.
    throw new AnnalsError("STORE_UNAVAILABLE", "the connection was lost before its fault", {
      cause,
      retryable: true,
    })
  }
}
