import { checkName } from "@annals/core"
import { checkRetry } from "../options/check-retry.ts"
import { checkWhole } from "../options/check-whole.ts"
import { invalidOption } from "../options/invalid-option.ts"
import { checkRunOptions } from "../subscription/check-run-options.ts"
import type { SubscriptionRetryOptions } from "../subscription/subscription-definition.ts"
import type { OutboxRelayOptions } from "./outbox-relay.ts"

/** Options after validation, with all defaults in. */
export interface OutboxSettings extends Required<Omit<OutboxRelayOptions, "topic" | "retry">> {
  readonly topic: string | undefined
  readonly retry: Required<SubscriptionRetryOptions>
}

/** Throws `INVALID_NAME`, `INVALID_OPTION`. */
export function checkOutboxOptions(options: OutboxRelayOptions): OutboxSettings {
  if (typeof options !== "object" || options === null) throw invalidOption("options", "must be an object")
  const { retry = {}, onFailure = "stop", topic } = options
  if (typeof options.send !== "function") throw invalidOption("send", "must be a function")
  if (onFailure !== "stop" && onFailure !== "park") {
    throw invalidOption("onFailure", `must be "stop" or "park", not ${String(onFailure)}`)
  }
  return {
    ...checkRunOptions({ ...options, pollIntervalMs: options.pollIntervalMs ?? 1000 }),
    name: checkName(options.name, "relay"),
    topic: topic === undefined ? undefined : checkName(topic, "topic"),
    send: options.send,
    batchSize: checkWhole(options.batchSize ?? 100, "batchSize", 1),
    retry: checkRetry(retry),
    onFailure,
    maxWaiting: checkWhole(options.maxWaiting ?? 1000, "maxWaiting", 1),
    timeoutMs: checkWhole(options.timeoutMs ?? 30_000, "timeoutMs", 1),
  }
}
