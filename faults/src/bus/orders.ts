/** What a parent says, in order, for whoever asks for the next. */
export class Orders<Order> {
  readonly #waiting: Order[] = []
  #wake: (() => void) | undefined

  give(order: Order): void {
    this.#waiting.push(order)
    this.#wake?.()
  }

  async next(): Promise<Order> {
    if (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#waiting.shift() as Order
  }
}
