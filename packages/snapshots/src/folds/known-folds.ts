import type { FoldGrowth, Snapshot } from "@annals/core"

/** When the newest snapshot of a fold was taken, and of what position. */
type NewestFold = Pick<Snapshot, "revision" | "takenAt">

interface Known {
  readonly newest: NewestFold | undefined
  /** How many events were folded since the newest, up to `countedTo`. */
  readonly toReplay: number
  readonly countedTo: number
  /** After a failure: it isn't tried again before there are so many. */
  readonly notBefore: number
}

const nothing: Known = { newest: undefined, toReplay: 0, countedTo: 0, notBefore: 0 }

/** A program has few folds, but may have one for each tenant. */
const maxKnown = 10_000
const longestPause = 10_000

/**
 * The newest snapshots that this process has seen, and what was folded since. Only policies are told of it: what is wrong here makes a snapshot come too soon, or
 * late.
 */
export class KnownFolds {
  // A Map iterates in the order of insertion: its first key is the one unused for longest.
  readonly #known = new Map<string, Known>()

  newest(name: string): NewestFold | undefined {
    return this.#get(name).newest
  }

  /** One that was loaded or saved. */
  seen(name: string, { revision, takenAt }: NewestFold): void {
    const known = this.#get(name)
    if ((known.newest?.revision ?? -1) >= revision) return
    // Of what was counted beyond it, nobody knows how much.
    this.#set(name, {
      newest: { revision, takenAt },
      toReplay: 0,
      countedTo: Math.max(revision, known.countedTo),
      notBefore: 0,
    })
  }

  /** Several may fold the same: who comes behind another adds nothing. Returns how many are to be replayed, where a snapshot would be of use. */
  grown(name: string, { toPosition, folded }: FoldGrowth): number | undefined {
    const known = this.#get(name)
    if (toPosition <= (known.newest?.revision ?? 0) || toPosition <= known.countedTo) return undefined
    const toReplay = known.toReplay + folded
    this.#set(name, { ...known, toReplay, countedTo: toPosition })
    return this.mayTry(name, toReplay) ? toReplay : undefined
  }

  mayTry(name: string, toReplay: number): boolean {
    return toReplay >= this.#get(name).notBefore
  }

  /** It would fail at the next event as well, most likely. */
  failed(name: string, toReplay: number): void {
    const pause = Math.min(Math.max(toReplay, 1), longestPause)
    this.#set(name, { ...this.#get(name), notBefore: toReplay + pause })
  }

  forget(name: string): void {
    this.#known.delete(name)
  }

  #get(name: string): Known {
    return this.#known.get(name) ?? nothing
  }

  #set(name: string, known: Known): void {
    this.#known.delete(name)
    this.#known.set(name, known)
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value as string)
  }
}
