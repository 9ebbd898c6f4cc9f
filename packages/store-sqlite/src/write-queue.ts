/**
 * One writer at a time, in the order of arrival.
 *
 * Two kinds of jobs wait here. Grouped jobs are synchronous pieces of work that decide before they write: those that wait at the
 * same time share one transaction, hence one sync of the disk, and each has its own outcome. A job that runs alone is
 * asynchronous and has a transaction to itself, which stays open while others wait.
 *
 * When a group fails in a way that can't be blamed on one of its jobs, everything is rolled back and each runs again alone.
 */
export class WriteQueue {
  readonly #transactions: WriteTransactions
  readonly #jobs: Job[] = []
  #draining: Promise<void> | undefined

  constructor(transactions: WriteTransactions) {
    this.#transactions = transactions
  }

  /** Resolves after the commit. `weight` is how much work it is, in events. */
  grouped<Result>(weight: number, run: (attempt: JobAttempt) => Result): Promise<Result> {
    return new Promise((resolve, reject) => this.#add({ kind: "grouped", weight, run, resolve: resolve as never, reject }))
  }

  alone<Result>(run: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => this.#add({ kind: "alone", run, resolve: resolve as never, reject }))
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining
  }

  #add(job: Job): void {
    this.#jobs.push(job)
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
    })
  }

  async #drain(): Promise<void> {
    while (true) {
      // Whoever was answered by the last commit may append again before the next one begins: a turn of the event loop
      // costs 2 µs, and lets the rest of the process live.
      await new Promise<void>((resolve) => setImmediate(resolve))
      const first = this.#jobs[0]
      if (first === undefined) return
      if (first.kind === "alone") {
        this.#jobs.shift()
        await settle(first, first.run)
      } else {
        await this.#runGroup(this.#takeGroup())
      }
    }
  }

  #takeGroup(): GroupedJob[] {
    let weight = 0
    let size = 0
    for (const job of this.#jobs) {
      if (job.kind === "alone" || (size > 0 && weight + job.weight > maxGroupWeight)) break
      weight += job.weight
      size++
    }
    return this.#jobs.splice(0, size) as GroupedJob[]
  }

  async #runGroup(group: readonly GroupedJob[]): Promise<void> {
    try {
      const results = await this.#transactions.run(() => group.map((job) => job.run({ isRerun: false })))
      for (const [index, job] of group.entries()) job.resolve(results[index] as never)
    } catch (error) {
      if (group.length === 1) (group[0] as GroupedJob).reject(error)
      else for (const job of group) await this.#runAgain(job)
    }
  }

  #runAgain(job: GroupedJob): Promise<void> {
    return settle(job, async () => (await this.#transactions.run(() => [job.run({ isRerun: true })]))[0])
  }
}

/** How a queue's jobs get into the database. */
export interface WriteTransactions {
  /** Runs work in a transaction: commits, or rolls back and rejects. */
  run<Result>(work: () => Result): Promise<Result>
}

export interface JobAttempt {
  /** The job ran before, in a group whose fate isn't quite certain. */
  readonly isRerun: boolean
}

/** Bounds how long one commit keeps the process busy. */
const maxGroupWeight = 5_000

interface GroupedJob {
  readonly kind: "grouped"
  readonly weight: number
  readonly run: (attempt: JobAttempt) => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

interface LoneJob {
  readonly kind: "alone"
  readonly run: () => Promise<unknown>
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

type Job = GroupedJob | LoneJob

async function settle(job: Job, run: () => Promise<unknown>): Promise<void> {
  try {
    job.resolve(await run())
  } catch (error) {
    job.reject(error)
  }
}
