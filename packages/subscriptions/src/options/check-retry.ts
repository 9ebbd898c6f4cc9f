import { isAnnalsError } from "@annals/core"
import type { SubscriptionRetryOptions } from "../subscription/subscription-definition.ts"
import { checkWhole } from "./check-whole.ts"

/** With all defaults in. Throws `INVALID_OPTION`. */
export function checkRetry(retry: SubscriptionRetryOptions): Required<SubscriptionRetryOptions> {
  return {
    attempts: checkWhole(retry.attempts ?? 5, "retry.attempts", 1),
    delayMs: checkWhole(retry.delayMs ?? 100, "retry.delayMs", 0),
    maxDelayMs: checkWhole(retry.maxDelayMs ?? 30_000, "retry.maxDelayMs", 0),
    isPassing: (error) => isRetryable(error) || (retry.isPassing?.(error) ?? false),
    isPermanent: retry.isPermanent ?? (() => false),
  }
}

/** Whether an error of Annals says that the same may succeed later. */
export const isRetryable = (error: unknown): boolean => isAnnalsError(error) && error.retryable
