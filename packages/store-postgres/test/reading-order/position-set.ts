/**
 * A set of positions as the bits of one number: bit 1 is position 1. Models have few positions and very many states, so
 * sets must be small and quick to compare.
 */
export type PositionSet = number

export const none: PositionSet = 0

export function only(position: number): PositionSet {
  return 1 << position
}

/** All positions up to this one, which is counted in. */
export function upTo(position: number): PositionSet {
  return position <= 0 ? none : (1 << (position + 1)) - 1
}

export function lowest(positions: PositionSet): number {
  return 31 - Math.clz32(positions & -positions)
}

/** 0 when the set is empty. */
export function highest(positions: PositionSet): number {
  return positions === none ? 0 : 31 - Math.clz32(positions)
}

/** The positions right after `start` that follow each other without a gap. */
export function contiguousFrom(start: number, positions: PositionSet): PositionSet {
  let end = start
  while ((positions & only(end + 1)) !== 0) end += 1
  return positions & upTo(end) & ~upTo(start)
}
