import { AsyncResource } from "node:async_hooks"

/** What waits to be written for one stream. */
interface Waiting {
  readonly revision: number
  /** Never rejects. */
  readonly write: () => Promise<void>
}

/** Writes one after another, at most one for each stream: a newer state takes the place of an older one that waits still. */
export class BackgroundQueue {
  readonly #maxWaiting: number
  readonly #entries = new Map<string, Waiting>()
  #writing: { readonly id: string; readonly done: Promise<void> } | undefined
  #run: Promise<void> | undefined

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting
  }

  get waiting(): number {
    return this.#entries.size + (this.#writing === undefined ? 0 : 1)
  }

  /** `false`: there is no room for it. `write` runs in the context of this call, so that it belongs to what caused it. */
  add(id: string, revision: number, write: () => Promise<void>): boolean {
    const before = this.#entries.get(id)
    if (before === undefined && this.#entries.size >= this.#maxWaiting) return false
    if (before !== undefined && before.revision >= revision) return true
    this.#entries.set(id, { revision, write: AsyncResource.bind(write) })
    this.#run ??= this.#writeAll()
    return true
  }

  /** Takes a stream out. Resolves when nothing is written for it any more. */
  async remove(id: string): Promise<void> {
    this.#entries.delete(id)
    if (this.#writing?.id === id) await this.#writing.done
  }

  /** Takes out all that wait. Returns how many they were. */
  clear(): number {
    const { size } = this.#entries
    this.#entries.clear()
    return size
  }

  async drain(): Promise<void> {
    while (this.#run !== undefined) await this.#run
  }

  async #writeAll(): Promise<void> {
    // Not while whoever added it waits for nothing but to go on.
    await Promise.resolve()
    for (const [id, { write }] of this.#entries) {
      this.#entries.delete(id)
      this.#writing = { id, done: write() }
      await this.#writing.done
      this.#writing = undefined
    }
    this.#run = undefined
  }
}
