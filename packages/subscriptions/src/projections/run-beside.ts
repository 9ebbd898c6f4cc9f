import type { Subscription } from "../subscription/subscription.ts"

/** A subscription with further properties, which may be getters. */
export function runBeside<Further extends object>(
  subscription: Subscription,
  further: Further,
): Subscription & Further {
  const own: Subscription = {
    name: subscription.name,
    kind: subscription.kind,
    deadLetters: subscription.deadLetters,
    get done() {
      return subscription.done
    },
    start: () => subscription.start(),
    pause: () => subscription.pause(),
    resume: () => subscription.resume(),
    stop: (options) => subscription.stop(options),
    status: () => subscription.status(),
    lag: () => subscription.lag(),
    waitFor: (position, options) => subscription.waitFor(position, options),
    [Symbol.asyncDispose]: () => subscription[Symbol.asyncDispose](),
  }
  return Object.defineProperties(own, Object.getOwnPropertyDescriptors(further)) as Subscription & Further
}
