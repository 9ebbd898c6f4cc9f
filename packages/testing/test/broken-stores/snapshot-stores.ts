import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"

/** A store of snapshots with one fault. */
export interface BrokenSnapshotStore {
  /** What it does wrong. */
  readonly fault: string
  readonly break: (snapshots: SnapshotStore) => Partial<SnapshotStore>
  /** The test that is meant to find it, by its own name. */
  readonly foundBy: string
}

const order = {
  atMostBelow: "gives the newest, or the newest at or below a revision",
  ends: "begins at revision 0, and ends at the largest safe integer",
  late: "lets a slow writer put nothing in the place of a newer one",
  same: "lets one of many have its way that save the same revision at once",
}

export const brokenSnapshotStores: readonly BrokenSnapshotStore[] = [
  {
    fault: "gives the newest, whatever was asked for",
    break: (snapshots) => ({ load: (key) => snapshots.load(key) }),
    foundBy: order.atMostBelow,
  },
  {
    fault: "gives only what is below the revision",
    break: (snapshots) => ({
      load: (key, atMost) => snapshots.load(key, atMost === undefined ? atMost : Math.max(0, atMost - 1)),
    }),
    foundBy: order.atMostBelow,
  },
  {
    fault: "takes revision 0 for none given",
    break: (snapshots) => ({ load: (key, atMost) => snapshots.load(key, atMost || undefined) }),
    foundBy: order.ends,
  },
  {
    fault: "keeps revisions in 32 bits",
    break: (snapshots) => ({
      save: (key, snapshot) => snapshots.save(key, { ...snapshot, revision: snapshot.revision % 2 ** 32 }),
    }),
    foundBy: order.ends,
  },
  {
    fault: "lets a late one take the place of a newer one",
    break: (snapshots) => ({
      async save(key, snapshot) {
        await snapshots.prune(key, 0)
        return snapshots.save(key, snapshot)
      },
    }),
    foundBy: order.late,
  },
  {
    fault: "says of a late one that it was kept",
    break: (snapshots) => ({
      async save(key, snapshot) {
        await snapshots.save(key, snapshot)
        return true
      },
    }),
    foundBy: order.late,
  },
  {
    fault: "looks first and saves then",
    break: (snapshots) => ({
      async save(key, snapshot) {
        if (((await snapshots.load(key))?.revision ?? -1) >= snapshot.revision) return false
        await new Promise(setImmediate)
        await snapshots.save(key, snapshot)
        return true
      },
    }),
    foundBy: order.same,
  },
  {
    fault: "keeps only the newest",
    break: (snapshots) => ({
      async save(key, snapshot) {
        const saved = await snapshots.save(key, snapshot)
        await snapshots.prune(key, 1)
        return saved
      },
    }),
    foundBy: order.atMostBelow,
  },
  {
    fault: "prunes the newest instead of the oldest",
    break: (snapshots) => ({
      async prune(key, keepLast) {
        const all = await everySnapshot(snapshots, key)
        const removed = await snapshots.prune(key, 0)
        const kept = all.slice(0, Math.min(keepLast, all.length))
        for (const snapshot of kept) await snapshots.save(key, snapshot)
        return removed - kept.length
      },
    }),
    foundBy: "leaves the newest so many, and says how many went",
  },
  {
    fault: "takes keeping none for no limit",
    break: (snapshots) => ({ prune: (key, keepLast) => snapshots.prune(key, keepLast || 1_000) }),
    foundBy: "leaves room for any revision when all went",
  },
  {
    fault: "counts what is kept instead of what went",
    break: (snapshots) => ({
      async prune(key, keepLast) {
        await snapshots.prune(key, keepLast)
        return (await everySnapshot(snapshots, key)).length
      },
    }),
    foundBy: "takes nothing where there are no more than are kept",
  },
  {
    fault: "brings pruned snapshots back",
    break(snapshots) {
      const gone = new Map<string, readonly Snapshot[]>()
      return {
        async prune(key, keepLast) {
          const before = await everySnapshot(snapshots, key)
          const name = JSON.stringify(key)
          const removed = await snapshots.prune(key, 0)
          const all = removed === 0 ? [] : [...(gone.get(name) ?? []), ...before]
          gone.set(name, all)
          for (const snapshot of keepLast === 0 ? [] : all.slice(-keepLast))
            await snapshots.save(key, snapshot)
          return Math.max(0, removed - keepLast)
        },
      }
    },
    foundBy: "brings back nothing when it keeps more than are left",
  },
  {
    fault: "remembers the newest revision after all went",
    break(snapshots) {
      const newest = new Map<string, number>()
      return {
        async save(key, snapshot) {
          const name = JSON.stringify(key)
          if ((newest.get(name) ?? -1) >= snapshot.revision) return false
          newest.set(name, snapshot.revision)
          return snapshots.save(key, snapshot)
        },
      }
    },
    foundBy: "leaves room for any revision when all went",
  },
  {
    fault: "joins names and ids by a slash",
    break: (snapshots) =>
      rename(snapshots, (key) => ({
        ...key,
        name: "all",
        id: `${key.name}/${key.id || "-"}`.slice(0, 1_000),
      })),
    foundBy: "keep kinds, names and ids apart",
  },
  {
    fault: "cuts long ids off",
    break: (snapshots) => rename(snapshots, (key) => ({ ...key, id: key.id.slice(0, 255) })),
    foundBy: "keep kinds, names and ids apart",
  },
  {
    fault: "doesn't tell capital letters from small ones",
    break: (snapshots) => rename(snapshots, (key) => ({ ...key, id: key.id.toLowerCase() })),
    foundBy: "keep kinds, names and ids apart",
  },
  {
    fault: "gives bytes back as text",
    break: (snapshots) => ({
      async load(key, atMost) {
        const snapshot = await snapshots.load(key, atMost)
        return snapshot && { ...snapshot, state: { ...snapshot.state, body: `${snapshot.state.body}` } }
      },
    }),
    foundBy: "keep state as text and as bytes, with its hash, byte for byte",
  },
  {
    fault: "loses the hash",
    break: (snapshots) => ({
      save: (key, { state: { encoding, body }, ...rest }) =>
        snapshots.save(key, { ...rest, state: { encoding, body } }),
    }),
    foundBy: "keep state as text and as bytes, with its hash, byte for byte",
  },
  {
    fault: "keeps JSON as a value, not as text",
    break: (snapshots) => ({
      save: (key, { state, ...rest }) =>
        snapshots.save(key, { ...rest, state: { ...state, body: normal(state) } }),
    }),
    foundBy: "keep state as text and as bytes, with its hash, byte for byte",
  },
  {
    fault: "keeps the caller's own bytes",
    break(snapshots) {
      const bytes = new Map<string, Uint8Array>()
      return {
        save(key, snapshot) {
          const { body } = snapshot.state
          if (body instanceof Uint8Array) bytes.set(JSON.stringify(key), body)
          return snapshots.save(key, snapshot)
        },
        async load(key, atMost) {
          const snapshot = await snapshots.load(key, atMost)
          const body = bytes.get(JSON.stringify(key))
          return snapshot && body ? { ...snapshot, state: { ...snapshot.state, body } } : snapshot
        },
      }
    },
    foundBy: "are nobody else's: bytes that are changed afterwards, saved or loaded, change nothing",
  },
  {
    fault: "takes any revision that it is asked for",
    break: (snapshots) => ({
      load: (key, atMost = 0) => snapshots.load(key, atMost > 0 ? atMost : undefined),
    }),
    foundBy: "are refused where they mean nothing",
  },
  {
    fault: "forgets what is older, once in a while",
    break(snapshots) {
      let saves = 0
      return {
        async save(key, snapshot) {
          const saved = await snapshots.save(key, snapshot)
          if (++saves % 5 === 0) await snapshots.prune(key, 1)
          return saved
        },
      }
    },
    foundBy: "do what a list in memory does",
  },
]

async function everySnapshot(snapshots: SnapshotStore, key: SnapshotKey): Promise<Snapshot[]> {
  const all: Snapshot[] = []
  for (let next = await snapshots.load(key); next !== undefined; ) {
    all.unshift(next)
    next = next.revision === 0 ? undefined : await snapshots.load(key, next.revision - 1)
  }
  return all
}

function rename(snapshots: SnapshotStore, change: (key: SnapshotKey) => SnapshotKey): SnapshotStore {
  const renamed = (key: SnapshotKey) => (key.kind === "fold" ? key : change(key))
  return {
    load: (key, atMost) => snapshots.load(renamed(key), atMost),
    save: (key, snapshot) => snapshots.save(renamed(key), snapshot),
    prune: (key, keepLast) => snapshots.prune(renamed(key), keepLast),
  }
}

function normal({ encoding, body }: Snapshot["state"]): string | Uint8Array {
  try {
    return encoding === "json" ? JSON.stringify(JSON.parse(body as string)) : body
  } catch {
    return body
  }
}
