import { AsyncLocalStorage } from "node:async_hooks"

/**
 * One writer at a time, in the order of arrival.
 *
 * Two kinds of jobs wait here. Grouped jobs are synchronous pieces of work that decide before they write: those that wait at the
 * same time share one transaction, hence one sync of the disk, and each has its own outcome. A job that runs alone is
 * asynchronous and has a transaction to itself, which stays open while others wait.
 *
 * When something in a group fails, everything is rolled back and each of its jobs runs again in a transaction of its own.
 *
 * Nobody knows whether a job is the only one or the first of many that arrive in the same turn. The last group tells: after one of
 * several, jobs gather until nothing else of the process is ready to run; after single ones, a job that finds the queue empty runs at
 * once, which saves a lone caller two hops of the event loop for each append.
 */
export class WriteQueue {
  readonly #transactions: WriteTransactions
  readonly #jobs: Job[] = []
  #draining: Promise<void> | undefined
  #commitsSinceTurn = 0
  #isGathering = false

  constructor(transactions: WriteTransactions) {
    this.#transactions = transactions
  }

  /** Resolves after the commit. `weight` is how much work it is, in events. */
  grouped<Result>(weight: number, run: GroupedWork<Result>): Promise<Result> {
    if (this.#mayRunAtOnce()) {
      const done = this.#runAtOnce(run)
      if (done !== undefined) return Promise.resolve(done.result)
    }
    return new Promise((resolve, reject) => {
      this.#add({ kind: "grouped", weight, run, resolve: resolve as Job["resolve"], reject })
    })
  }

  alone<Result>(run: () => Promise<Result>): Promise<Result> {
    // The queue is emptied in the context of whoever came first, and what this work records must carry its own caller's.
    const ownRun = AsyncLocalStorage.bind(run)
    return new Promise((resolve, reject) => {
      this.#add({ kind: "alone", run: ownRun, resolve: resolve as Job["resolve"], reject })
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining
  }

  /** Now and then a job takes the way through the event loop, for the sake of the rest of the process. */
  #mayRunAtOnce(): boolean {
    return this.#draining === undefined && !this.#isGathering && this.#commitsSinceTurn < commitsPerTurn
  }

  /** Returns `undefined` where it didn't work out, and nothing is left of it: then the job takes its turn. */
  #runAtOnce<Result>(run: GroupedWork<Result>): { readonly result: Result } | undefined {
    if (!this.#transactions.tryBegin()) return undefined
    this.#commitsSinceTurn++
    try {
      const result = run({ isRerun: false })
      this.#transactions.commit()
      // Whoever comes in this very turn is one of several.
      this.#isGathering = true
      queueMicrotask(this.#stopGathering)
      return { result }
    } catch {
      this.#transactions.rollback()
      return undefined
    }
  }

  readonly #stopGathering = (): void => {
    if (this.#draining === undefined) this.#isGathering = false
  }

  #add(job: Job): void {
    this.#jobs.push(job)
    this.#draining ??= this.#drain()
  }

  async #drain(): Promise<void> {
    while (true) {
      await this.#gather()
      const first = this.#jobs[0]
      if (first === undefined) break
      if (first.kind === "alone") {
        this.#jobs.shift()
        await settle(first, first.run)
      } else {
        const group = this.#takeGroup()
        this.#isGathering = group.length > 1
        await this.#runGroup(group)
        // Before a lone caller has its answer: it shall find the queue at rest when it comes again.
        if (!this.#isGathering && this.#jobs.length === 0) break
      }
    }
    this.#draining = undefined
  }

  /**
   * Whoever was answered by the last commit may append again before the next one begins. A tick comes when no promise is left to
   * be settled; now and then a whole turn of the event loop lets the rest of the process live.
   */
  #gather(): Promise<void> {
    const isTurn = this.#commitsSinceTurn >= commitsPerTurn
    this.#commitsSinceTurn = isTurn ? 0 : this.#commitsSinceTurn + 1
    return new Promise((resolve) => (isTurn ? setImmediate(resolve) : process.nextTick(resolve)))
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
      await this.#transactions.begin()
    } catch (error) {
      for (const job of group) job.reject(error)
      return
    }
    try {
      const results = group.map((job) => job.run({ isRerun: false }))
      this.#transactions.commit()
      for (const [index, job] of group.entries()) job.resolve(results[index])
    } catch {
      this.#transactions.rollback()
      for (const job of group) await settle(job, () => this.#runAgain(job))
    }
  }

  async #runAgain(job: GroupedJob): Promise<unknown> {
    await this.#transactions.begin()
    try {
      const result = job.run({ isRerun: true })
      this.#transactions.commit()
      return result
    } catch (error) {
      this.#transactions.rollback()
      throw error
    }
  }
}

/** How a queue's jobs get into the database. What is thrown goes to the caller. */
export interface WriteTransactions {
  /** Waits while another process writes. */
  begin(): Promise<void>
  /** Begins at once, if that is possible. */
  tryBegin(): boolean
  commit(): void
  rollback(): void
}

/** Is run again after a failure. */
export type GroupedWork<Result> = (attempt: JobAttempt) => Result

export interface JobAttempt {
  /** The first attempt failed, be it through this job or another of its group. */
  readonly isRerun: boolean
}

/** Commits between two turns of the event loop. */
const commitsPerTurn = 8

/** Bounds how long one commit keeps the process busy. */
const maxGroupWeight = 5_000

interface Settled {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

interface GroupedJob extends Settled {
  readonly kind: "grouped"
  readonly weight: number
  readonly run: GroupedWork<unknown>
}

interface LoneJob extends Settled {
  readonly kind: "alone"
  readonly run: () => Promise<unknown>
}

type Job = GroupedJob | LoneJob

async function settle(job: Settled, run: () => Promise<unknown>): Promise<void> {
  try {
    job.resolve(await run())
  } catch (error) {
    job.reject(error)
  }
}
