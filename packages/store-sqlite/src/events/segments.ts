/** Positions in one segment of `kind_segments`. */
const segmentSize = 1024

export function segmentOf(position: number): number {
  return Math.floor(position / segmentSize)
}

export function firstPositionOf(segment: number): number {
  return segment * segmentSize
}

export function lastPositionOf(segment: number): number {
  return (segment + 1) * segmentSize - 1
}
