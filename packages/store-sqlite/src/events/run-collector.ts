interface Run {
  readonly first: number
  last: number
}

/** Joins the positions of each key into runs without gaps. Positions come in rising order. */
export class RunCollector<Key> {
  readonly #current = new Map<Key, Run>()
  readonly #ended: [key: Key, run: Run][] = []
  /** Neighbours nearly always have the same key. */
  #lastKey: Key | undefined
  #lastRun: Run | undefined

  add(key: Key, position: number): void {
    const run = key === this.#lastKey ? this.#lastRun : this.#current.get(key)
    if (run !== undefined && run.last === position - 1) {
      run.last = position
      return
    }
    if (run !== undefined) this.#ended.push([key, run])
    const next = { first: position, last: position }
    this.#current.set(key, next)
    this.#lastKey = key
    this.#lastRun = next
  }

  /** How many runs there are. */
  get size(): number {
    return this.#ended.length + this.#current.size
  }

  *[Symbol.iterator](): Generator<readonly [key: Key, first: number, more: number]> {
    for (const [key, { first, last }] of this.#ended) yield [key, first, last - first]
    for (const [key, { first, last }] of this.#current) yield [key, first, last - first]
  }
}
