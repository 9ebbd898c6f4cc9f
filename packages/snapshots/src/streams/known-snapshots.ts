import type { Snapshot } from "@annals/core"

/** When the newest snapshot of a stream was taken, and of what version. */
export type NewestSnapshot = Pick<Snapshot, "revision" | "takenAt">

interface Known {
  readonly newest: NewestSnapshot | undefined
  /** `false`: it was written in a unit of work, of which nobody here hears whether it was committed. */
  readonly isCertain: boolean
  /** After a failure: below this version it isn't tried again. */
  readonly notBefore: number
  /** The newest one there is, is of no use. */
  readonly needsRepair: boolean
}

const nothing: Known = { newest: undefined, isCertain: true, notBefore: 0, needsRepair: false }

const maxStreams = 10_000

/**
 * The newest snapshots that this process has seen, of the streams used last. Only policies are told of it: what is wrong here makes a snapshot come too soon, or late.
 */
export class KnownSnapshots {
  // A Map iterates in the order of insertion: its first key is the one unused for longest.
  readonly #streams = new Map<string, Known>()

  /** What a load of the newest state found: that is how it stands, also where a snapshot was thought to be. */
  found(
    id: string,
    newest: NewestSnapshot | undefined,
    { needsRepair }: { readonly needsRepair: boolean },
  ): void {
    // Not with its state, which is big, and belongs to whoever loaded it.
    const kept = newest && { revision: newest.revision, takenAt: newest.takenAt }
    this.#set(id, { newest: kept, isCertain: true, needsRepair })
  }

  /** What is there at least. */
  seen(
    id: string,
    { revision, takenAt }: NewestSnapshot,
    { isCertain }: { readonly isCertain: boolean },
  ): void {
    if ((this.#streams.get(id)?.newest?.revision ?? -1) >= revision) return
    this.#set(id, { newest: { revision, takenAt }, isCertain, needsRepair: false })
  }

  /** A snapshot of this version couldn't be taken: the next save would fail as well, most likely. */
  failed(id: string, version: number, pause: number): void {
    this.#set(id, { notBefore: version + pause })
  }

  mayTry(id: string, version: number): boolean {
    return (this.#streams.get(id)?.notBefore ?? 0) <= version
  }

  forget(id: string): void {
    this.#streams.delete(id)
  }

  needsRepair(id: string): boolean {
    return this.#streams.get(id)?.needsRepair === true
  }

  /** The newest one below a save of a state that had this version. */
  newestBelow(id: string, version: number): NewestSnapshot | undefined {
    const { newest, isCertain } = this.#streams.get(id) ?? nothing
    if (newest === undefined) return undefined
    // One above it was rolled back; so may be one that isn't certain, unless the stream goes on exactly from there.
    const isThere = isCertain ? newest.revision <= version : newest.revision === version
    if (!isThere) this.#set(id, { newest: undefined, isCertain: true })
    else if (!isCertain) this.#set(id, { isCertain: true })
    return isThere ? newest : undefined
  }

  #set(id: string, changes: Partial<Known>): void {
    const known = { ...(this.#streams.get(id) ?? nothing), ...changes }
    this.#streams.delete(id)
    if (known.newest === undefined && known.notBefore === 0 && !known.needsRepair) return
    this.#streams.set(id, known)
    if (this.#streams.size > maxStreams) this.#streams.delete(this.#streams.keys().next().value as string)
  }
}
