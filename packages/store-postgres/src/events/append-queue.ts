import type { AppendBatch, AppendOutcome } from "@annals/core"
import type { BatchAnswer } from "./append-answer.ts"
import { streamKeyOf } from "./append-call.ts"

/** How a queue's batches get into the database. */
export interface AppendTransport {
  /** One round trip and one transaction for all of them, which waits for nobody. When it rejects, nothing is known of any. */
  sendGroup(batches: readonly AppendBatch[]): Promise<readonly BatchAnswer[]>
  /** One batch, which waits for whoever is in its way. `isRerun`: an earlier attempt may have recorded it. */
  sendAlone(batch: AppendBatch, attempt: { readonly isRerun: boolean }): Promise<AppendOutcome>
  /** Some of the batch's ids are recorded: the first result, where it is a repeat. */
  findRepeat(batch: AppendBatch): Promise<AppendOutcome>
}

interface Job {
  readonly batch: AppendBatch
  /** The streams that it goes to. */
  readonly streams: readonly string[]
  /** Ids that another batch might bring as well. */
  readonly ids: readonly string[]
  readonly weight: number
  readonly resolve: (outcome: AppendOutcome) => void
  readonly reject: (error: unknown) => void
}

/** Bounds how long one round trip takes, and how much is held in memory for it. */
const maxGroupSize = 250
const maxGroupWeight = 4 * 1024 * 1024
/** What an event takes besides its payload. */
const eventWeight = 500

/**
 * Group commit. A batch that finds the queue at rest is sent at once. Batches that arrive while a group is under way travel together
 * in the next one, each with its own outcome. What is in somebody's way, and every member of a group that failed, is sent alone,
 * where it may wait; the others go on. To one stream, batches get in the order of their arrival.
 */
export class AppendQueue {
  readonly #transport: AppendTransport
  #jobs: Job[] = []
  #isSending = false
  #wasGroup = false
  /** Streams whose turn is taken by batches that travel alone, with the end of the last of them. */
  readonly #alone = new Map<string, Promise<void>>()
  /** How many more may travel alone, and who waits for that: each of them may hold a connection for long. */
  #places: number
  readonly #waiting: (() => void)[] = []

  /** `maxAlone`: fewer than there are connections, so that some are left for everything else. */
  constructor(transport: AppendTransport, maxAlone: number) {
    this.#transport = transport
    this.#places = maxAlone
  }

  append(batch: AppendBatch): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({
        batch,
        streams: batch.streams.map(streamKeyOf),
        ids: batch.freshIds ? [] : batch.streams.flatMap(({ events }) => events.map(({ id }) => id)),
        weight: weightOf(batch),
        resolve,
        reject,
      })
      if (!this.#isSending) void this.#sendGroups()
    })
  }

  async #sendGroups(): Promise<void> {
    this.#isSending = true
    while (true) {
      // Whoever was answered by a group comes again soon: wait for them, but only for as long as they are ready to run.
      if (this.#wasGroup) await new Promise((resolve) => setImmediate(resolve))
      const group = this.#takeGroup()
      this.#wasGroup = group.length > 1
      if (group.length === 0) break
      await this.#sendGroup(group)
    }
    this.#isSending = false
  }

  async #sendGroup(group: readonly Job[]): Promise<void> {
    let answers: readonly BatchAnswer[]
    try {
      answers = await this.#transport.sendGroup(group.map(({ batch }) => batch))
    } catch {
      for (const job of group) this.#sendAlone(job, { isRerun: true })
      return
    }
    for (const [index, job] of group.entries()) this.#settle(job, answers[index] as BatchAnswer)
  }

  #settle(job: Job, answer: BatchAnswer): void {
    switch (answer.status) {
      case "busy":
        this.#sendAlone(job, { isRerun: false })
        break
      case "recorded":
        this.#transport.findRepeat(job.batch).then(job.resolve, job.reject)
        break
      default:
        job.resolve(answer)
    }
  }

  #sendAlone(job: Job, attempt: { readonly isRerun: boolean }): void {
    const before = job.streams.flatMap((stream) => this.#alone.get(stream) ?? [])
    const done = Promise.all(before).then(() =>
      this.#inPlace(() => this.#transport.sendAlone(job.batch, attempt).then(job.resolve, job.reject)),
    )
    for (const stream of job.streams) this.#alone.set(stream, done)
    void done.then(() => {
      for (const stream of job.streams) if (this.#alone.get(stream) === done) this.#alone.delete(stream)
      if (!this.#isSending && this.#jobs.length > 0) void this.#sendGroups()
    })
  }

  async #inPlace(run: () => Promise<void>): Promise<void> {
    if (this.#places > 0) this.#places--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    await run()
    const next = this.#waiting.shift()
    if (next === undefined) this.#places++
    else next()
  }

  #takeGroup(): Job[] {
    const taken = new GroupInTheMaking((stream) => this.#alone.has(stream))
    this.#jobs = this.#jobs.filter((job) => !taken.take(job))
    return taken.jobs
  }
}

/** What goes into a group: in the order of arrival, and nothing that must come behind what isn't in it. */
class GroupInTheMaking {
  readonly jobs: Job[] = []
  readonly #isHeld: (stream: string) => boolean
  readonly #passedOver = new Set<string>()
  /** Streams of conditional batches: such a batch can still be refused when those behind it have their versions. */
  readonly #closed = new Set<string>()
  readonly #ids = new Set<string>()
  #weight = 0

  constructor(isHeld: (stream: string) => boolean) {
    this.#isHeld = isHeld
  }

  take(job: Job): boolean {
    if (!this.#fits(job)) {
      for (const stream of job.streams) this.#passedOver.add(stream)
      return false
    }
    this.jobs.push(job)
    this.#weight += job.weight
    for (const id of job.ids) this.#ids.add(id)
    if (job.batch.condition !== undefined) for (const stream of job.streams) this.#closed.add(stream)
    return true
  }

  #fits({ streams, ids, weight }: Job): boolean {
    if (this.jobs.length > 0 && (this.jobs.length >= maxGroupSize || this.#weight + weight > maxGroupWeight))
      return false
    if (ids.some((id) => this.#ids.has(id))) return false
    return !streams.some(
      (stream) => this.#isHeld(stream) || this.#passedOver.has(stream) || this.#closed.has(stream),
    )
  }
}

function weightOf({ streams }: AppendBatch): number {
  let weight = 0
  for (const { events } of streams) {
    for (const { payload } of events) weight += eventWeight + payload.body.length
  }
  return weight
}
