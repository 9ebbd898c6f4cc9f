/** Lets those who got into each other's way over one thing go on one after another. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs when everybody is through who asked before for the same `id`, whatever came of it. */
  async take<Result>(id: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(id)
    const mine = before === undefined ? run() : before.then(run, run)
    this.#last.set(id, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(id) === mine) this.#last.delete(id)
    }
  }
}
