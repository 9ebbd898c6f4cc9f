import { DatabaseSync } from "node:sqlite"
import { FaultRunError } from "../harness/fault-run-error.ts"

/** Throws where SQLite itself finds a file damaged. */
export function checkIntegrity(file: string): void {
  const db = new DatabaseSync(file)
  try {
    const problems = ["integrity_check", "foreign_key_check"]
      .flatMap((pragma) => db.prepare(`PRAGMA ${pragma}`).all())
      .map((row) => JSON.stringify(row))
      .filter((row) => row !== '{"integrity_check":"ok"}')
    if (problems.length > 0) throw new FaultRunError(`SQLite finds ${file} damaged: ${problems.join(", ")}`)
  } finally {
    db.close()
  }
}
