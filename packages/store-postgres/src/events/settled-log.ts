import type { SqlRunner } from "../sql/sql-runner.ts"
import { settledPosition } from "../statements/read.ts"

/** How much of the log is known to be settled: nothing new will ever appear there. */
export class SettledLog {
  #known = 0

  /** What was last seen to be settled. It is less than before where another server took over that lacked the latest events. */
  get known(): number {
    return this.#known
  }

  /** Looks how far it goes now. What is read must be read after that. */
  async look(runner: Pick<SqlRunner, "run">): Promise<number> {
    const [row] = await runner.run(settledPosition, [])
    const position = Number(row?.[0])
    this.#known = position
    return position
  }
}
