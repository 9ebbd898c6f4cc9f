import type { VersionedState } from "./snapshot-loading.ts"

/** The states used last, by the id of their stream. */
export interface StateCache {
  get(id: string): VersionedState | undefined
  /** Keeps the newer of what is there and this. */
  set(id: string, entry: VersionedState): void
  delete(id: string): void
}

/** `copy` separates what is kept from what callers hold. */
export function createStateCache(maxEntries: number, copy: (state: unknown) => unknown): StateCache {
  // A Map iterates in the order of insertion: its first key is the one unused for longest.
  const entries = new Map<string, VersionedState>()

  const touch = (id: string, entry: VersionedState) => {
    entries.delete(id)
    entries.set(id, entry)
  }

  return {
    get(id) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      touch(id, entry)
      return { state: copy(entry.state), version: entry.version }
    },
    set(id, { state, version }) {
      if ((entries.get(id)?.version ?? 0) > version) return
      touch(id, { state: copy(state), version })
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string)
    },
    delete: (id) => void entries.delete(id),
  }
}
