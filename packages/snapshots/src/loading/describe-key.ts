import type { SnapshotKey } from "@annals/core"

/** How a state of which there are snapshots is written in messages. */
export function describeKey({ kind, name, id }: SnapshotKey): string {
  return kind === "fold" ? name : `${name}/${id}`
}
