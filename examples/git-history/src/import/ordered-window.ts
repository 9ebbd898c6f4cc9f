/** Lets a limited amount of work be under way, and reports what is done in the order it was added. */
export class OrderedWindow {
  readonly #limit: number
  readonly #onDone: () => void
  readonly #underWay: { readonly weight: number; readonly work: Promise<unknown> }[] = []
  #weight = 0

  constructor(limit: number, onDone: () => void) {
    this.#limit = limit
    this.#onDone = onDone
  }

  /** Resolves when there is room for more; rejects with the failure of earlier work. */
  async add(weight: number, work: Promise<unknown>): Promise<void> {
    work.catch(() => {}) // taken up in its turn
    this.#underWay.push({ weight, work })
    this.#weight += weight
    while (this.#weight > this.#limit) await this.#finishFirst()
  }

  /** Resolves when all of it is done; rejects, also then, with the first failure. */
  async settled(): Promise<void> {
    try {
      while (this.#underWay.length > 0) await this.#finishFirst()
    } finally {
      await Promise.allSettled(this.#underWay.map(({ work }) => work))
    }
  }

  async #finishFirst(): Promise<void> {
    const [first] = this.#underWay
    if (first === undefined) return
    await first.work
    this.#underWay.shift()
    this.#weight -= first.weight
    this.#onDone()
  }
}
