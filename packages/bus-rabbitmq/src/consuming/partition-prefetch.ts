/** What a member has of all partitions together, if it has them all. */
const messagesOfAll = 4_096
const leastOfOne = 64

/**
 * How many messages of a partition a member fetches ahead: the same for all members, whatever they are set to, and in every version.
 *
 * A quorum queue hands out what was given back before all else, but puts what is given back behind what was given back earlier. So a member must take all of that at once,
 * which it does if it may take as much as the one before: else a later part of it could come first.
 */
export function partitionPrefetch(partitions: number): number {
  return Math.max(Math.ceil(messagesOfAll / partitions), leastOfOne)
}
