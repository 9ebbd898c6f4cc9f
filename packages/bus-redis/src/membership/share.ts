/** How a group's partitions are held, as one member sees it. */
export interface GroupView {
  /** Names of all living members, itself among them. */
  readonly members: readonly string[]
  /** Partitions that nobody holds. */
  readonly free: readonly number[]
  /** Partitions that the member holds, and isn't giving away already. */
  readonly mine: readonly number[]
  readonly partitions: number
}

/** What a member is to do to come closer to its fair share. */
export interface SharePlan {
  readonly take: readonly number[]
  readonly giveAway: readonly number[]
}

/**
 * Each member plans for itself, and all by the same rule: shares differ by one partition at most, and the larger ones go to those whose names come first. Names begin with
 * the time of joining, so a newcomer takes only its own part, and moves nothing between the others.
 */
export function planShare(me: string, { members, free, mine, partitions }: GroupView): SharePlan {
  const rank = members.toSorted().indexOf(me)
  if (rank < 0) return { take: [], giveAway: [] }
  const share = Math.floor(partitions / members.length) + (rank < partitions % members.length ? 1 : 0)
  // Members begin at different ends, so that they seldom reach for the same partition.
  const start = members.length === 0 ? 0 : Math.floor((rank * free.length) / members.length)
  const inTurn = [...free.slice(start), ...free.slice(0, start)]
  return { take: inTurn.slice(0, Math.max(0, share - mine.length)), giveAway: mine.slice(share) }
}
