/** What a consumer has counted so far. */
export interface ConsumerProgress {
  handled: number
  failed: number
  retried: number
  parked: number
  lastError: unknown
}

export function noProgress(): ConsumerProgress {
  return { handled: 0, failed: 0, retried: 0, parked: 0, lastError: undefined }
}
