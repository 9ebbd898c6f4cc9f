/**
 * How the things of a bus are called in Kafka. `.` stands between the parts, so a group's consumers and topics can be given rights by prefix.
 *
 *     orders                          the topic of the bus
 *     orders.billing                  the consumer group
 *     orders.billing.retry.1000       its retries with a delay of 1,000 ms
 *     orders.billing.replay           its dead letters that were given back
 *     orders.billing.dead-letters     its dead letters
 */
export interface GroupNames {
  readonly groupId: string
  readonly replay: string
  readonly deadLetters: string
  retry(delayMs: number): string
  /** The delay, if it is the name of a topic of retries of this group. */
  retryDelayMs(topic: string): number | undefined
}

export function groupNames(topic: string, group: string): GroupNames {
  const groupId = `${topic}.${group}`
  const retryPrefix = `${groupId}.retry.`
  return {
    groupId,
    replay: `${groupId}.replay`,
    deadLetters: `${groupId}.dead-letters`,
    retry: (delayMs) => `${retryPrefix}${delayMs}`,
    retryDelayMs(name) {
      const delay = name.startsWith(retryPrefix) ? name.slice(retryPrefix.length) : ""
      return /^\d{1,10}$/.test(delay) ? Number(delay) : undefined
    },
  }
}
