/** Whoever waits for a lease looks again soon. Not shorter: on a busy machine who holds one would lose it again and again, and get nowhere. */
export const quickLeases = { leaseTtlMs: 1_500 }
