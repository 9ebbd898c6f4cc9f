import { AnnalsError, type EventStore, messageOf } from "@annals/core"
import { withDeadlineRunner } from "../deadlines/with-deadline-runner.ts"
import { LogTail } from "../reading/log-tail.ts"
import { SharedReader } from "../reading/shared-reader.ts"
import { checkMilliseconds, checkRunOptions } from "../subscription/check-run-options.ts"
import { DurableSubscription } from "../subscription/driver/durable-subscription.ts"
import type { Subscription } from "../subscription/subscription.ts"
import type { Runnable, SubscriptionManager, SubscriptionManagerOptions } from "./subscription-manager.ts"

/**
 * Runs subscriptions, projections, process managers and relays of one store in this process. Nothing happens before `start()`. For process managers with
 * deadlines it brings a deadline runner.
 *
 * @example
 * await using manager = createSubscriptionManager(store, { subscriptions: [receipts, projectionSubscription(balances)] })
 * await manager.start()
 * const { position } = await store.append(accounts.stream("alice"), [deposited({ cents: 500 })])
 * await manager.waitFor(position) // now every read model knows
 */
export function createSubscriptionManager<Tx>(
  store: EventStore<Tx>,
  options: SubscriptionManagerOptions<NoInfer<Tx>>,
): SubscriptionManager {
  const { subscriptions: definitions = [], runners: given = [], stuckAfterMs = 60_000 } = options
  const runners = withDeadlineRunner(store, definitions, given)
  const settings = checkRunOptions(options)
  checkMilliseconds(stuckAfterMs, "stuckAfterMs")
  checkNames([...definitions.map(({ name }) => name), ...runners.map(({ name }) => name)])
  const tail = new LogTail({ store, ...settings })
  const reader = new SharedReader(store)
  const subscriptions = definitions.map(
    (definition) => new DurableSubscription({ store, definition, reader, tail, ...settings }),
  )
  const all: readonly Runnable[] = [...subscriptions, ...runners]
  const named = (name: string | undefined) => (name === undefined ? all : [byName(all, name)])

  const stop: SubscriptionManager["stop"] = async (stopOptions) => {
    await Promise.all(all.map((runner) => runner.stop(stopOptions)))
  }
  return {
    subscriptions,
    subscription: (name) => byName<Subscription>(subscriptions, name),
    start: () => startAll(all),
    get done() {
      return Promise.all(all.map((runner) => runner.done)).then(() => {})
    },
    pause(name) {
      for (const runner of named(name)) runner.pause()
    },
    resume(name) {
      for (const runner of named(name)) runner.resume()
    },
    stop,
    status: () => all.map((runner) => runner.status()),
    health() {
      const problems = all.flatMap((runner) => {
        const reason =
          runner instanceof DurableSubscription ? runner.problem(stuckAfterMs) : runnerProblem(runner)
        return reason === undefined ? [] : [{ name: runner.name, reason }]
      })
      return { healthy: problems.length === 0, problems }
    },
    async waitFor(position, waitOptions) {
      await Promise.all(all.map((runner) => runner.waitFor?.(position, waitOptions)))
    },
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** Each is started, whatever becomes of the others. */
async function startAll(runners: readonly Runnable[]): Promise<void> {
  const results = await Promise.allSettled(runners.map((runner) => runner.start()))
  const failures = results.flatMap((result, index) =>
    result.status === "rejected" ? [{ name: runners[index]?.name, error: result.reason }] : [],
  )
  const [first] = failures
  if (first === undefined) return
  const names = failures.map(({ name }) => name).join(", ")
  throw new AnnalsError("SUBSCRIPTION_FAILED", `not started: ${names}: ${messageOf(first.error)}`, {
    cause: first.error,
    details: failures,
  })
}

function runnerProblem(runner: Runnable): string | undefined {
  const { state, lastError } = runner.status()
  if (state === "failed") return `failed: ${messageOf(lastError)}`
  return state === "stopped" ? "stopped" : undefined
}

function byName<Named extends { readonly name: string }>(all: readonly Named[], name: string): Named {
  const found = all.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = all.map((one) => `"${one.name}"`).join(", ")
  throw new AnnalsError("INVALID_OPTION", `name is "${name}", but this manager runs ${names || "nothing"}`, {
    path: "name",
  })
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  const why = `subscriptions has two named "${twice}": they would share a checkpoint`
  throw new AnnalsError("INVALID_OPTION", why, { path: "subscriptions" })
}
