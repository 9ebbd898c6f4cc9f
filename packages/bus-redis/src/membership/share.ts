/** How a group's partitions are held, as one member sees it. */
export interface GroupView {
  /** All living members, itself among them, with how many partitions each holds. */
  readonly members: ReadonlyMap<string, number>
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
 * Each member plans for itself, and all by the same rule: shares differ by one partition at most. Of those that hold one more than the others as many keep it as
 * there are partitions left over, the first by name, so that nothing moves between members that are level: a newcomer moves its own part only.
 */
export function planShare(me: string, { members, free, mine, partitions }: GroupView): SharePlan {
  const names = [...members.keys()].toSorted()
  const rank = names.indexOf(me)
  if (rank < 0) return { take: [], giveAway: [] }
  const least = Math.floor(partitions / names.length)
  const leftOver = partitions % names.length
  const aboveLeast = names.filter((name) => (name === me ? mine.length : (members.get(name) ?? 0)) > least)
  const place = mine.length > least ? aboveLeast.indexOf(me) : aboveLeast.length
  const share = least + (place < leftOver ? 1 : 0)
  // Members begin at different ends, so that they seldom reach for the same partition.
  const start = Math.floor((rank * free.length) / names.length)
  const inTurn = [...free.slice(start), ...free.slice(0, start)]
  return { take: inTurn.slice(0, Math.max(0, share - mine.length)), giveAway: mine.slice(share) }
}
