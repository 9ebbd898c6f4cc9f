import type { PlainRecorded } from "./plain-event.ts"

/** Where a stream's events go: FNV-1a of its name. */
export function partitionOf({ category, id }: PlainRecorded["stream"], partitions: number): number {
  let hash = 0x811c9dc5
  const name = `${category}-${id}`
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % partitions
}

/** The partitions that each of so many consumers has. */
export function sharePartitions(partitions: number, consumers: number): number[][] {
  return Array.from({ length: consumers }, (_, consumer) =>
    Array.from({ length: partitions }, (_, partition) => partition).filter(
      (partition) => partition % consumers === consumer,
    ),
  )
}
