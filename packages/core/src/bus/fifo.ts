/** First in, first out. An array's own `shift` moves all that is behind it. */
export class Fifo<Item> {
  #items: Item[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  /** Puts items before all others. */
  putFirst(items: readonly Item[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)]
    this.#head = 0
  }

  take(): Item | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#head++]
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes out all that match. */
  remove(matches: (item: Item) => boolean): readonly Item[] {
    const { true: removed = [], false: kept = [] } = Object.groupBy(this.#items.slice(this.#head), (item) =>
      matches(item) ? "true" : "false",
    )
    this.#items = kept
    this.#head = 0
    return removed
  }
}
