import { AnnalsError, checkName } from "@annals/core"
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
  if (typeof options !== "object" || options === null) throw invalid("options", "must be an object")
  const { retry = {}, onFailure = "stop", topic } = options
  if (typeof options.send !== "function") throw invalid("send", "must be a function")
  if (onFailure !== "stop" && onFailure !== "park") {
    throw invalid("onFailure", `must be "stop" or "park", not ${String(onFailure)}`)
  }
  return {
    ...checkRunOptions({ ...options, pollIntervalMs: options.pollIntervalMs ?? 1000 }),
    name: checkName(options.name, "relay"),
    topic: topic === undefined ? undefined : checkName(topic, "topic"),
    send: options.send,
    batchSize: checkWhole(options.batchSize ?? 100, "batchSize", 1),
    retry: {
      attempts: checkWhole(retry.attempts ?? 5, "retry.attempts", 1),
      delayMs: checkWhole(retry.delayMs ?? 100, "retry.delayMs", 0),
      maxDelayMs: checkWhole(retry.maxDelayMs ?? 30_000, "retry.maxDelayMs", 0),
      isPermanent: retry.isPermanent ?? (() => false),
    },
    onFailure,
    maxWaiting: checkWhole(options.maxWaiting ?? 1000, "maxWaiting", 1),
    timeoutMs: checkWhole(options.timeoutMs ?? 30_000, "timeoutMs", 1),
  }
}

function checkWhole(value: number, path: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw invalid(path, `must be a whole number from ${least}, not ${String(value)}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}
