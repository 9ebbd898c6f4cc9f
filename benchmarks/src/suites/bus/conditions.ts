/** What holds on every broker. */
export const conditions: readonly string[] = [
  "an event is 450 bytes of JSON; both publish the same recorded events, share them out to as many partitions, hold some 1,000 ready for each consumer, parse them and acknowledge them once they are handled",
]
