import type { EventStore, StoreOptions } from "@annals/core"
import {
  createSubscription,
  type RunOptions,
  type Subscription,
  type SubscriptionDefinition,
} from "../../src/index.ts"

/** A fresh log for one test. What a test starts on it is stopped, and what it opens is closed, when the scene is disposed of. */
export interface Scene extends AsyncDisposable {
  readonly store: EventStore
  /** Another handle on the same log, as another process has it. */
  otherHandle(): EventStore
  /** A subscription that isn't started. */
  create(definition: SubscriptionDefinition, options?: SceneSubscriptionOptions): Subscription
  /** A subscription that runs or stands by. */
  run(definition: SubscriptionDefinition, options?: SceneSubscriptionOptions): Promise<Subscription>
  /** Disposed of before stores are closed. */
  keep<Kept extends AsyncDisposable>(kept: Kept): Kept
}

type SceneSubscriptionOptions = RunOptions & {
  /** Default: the scene's. */
  readonly store?: EventStore
}

export type OpenScene = (options?: StoreOptions) => Promise<Scene>

/** A scene of stores that `open` opens on one log. */
export function createScene(open: () => EventStore, cleanUp: () => void | Promise<void> = () => {}): Scene {
  const stores: EventStore[] = []
  const kept: AsyncDisposable[] = []
  const otherHandle = () => {
    const store = open()
    stores.push(store)
    return store
  }
  const store = otherHandle()
  const keep = <Kept extends AsyncDisposable>(one: Kept): Kept => {
    kept.push(one)
    return one
  }
  const create = (
    definition: SubscriptionDefinition,
    { store: own = store, ...options }: SceneSubscriptionOptions = {},
  ) => keep(createSubscription(own, definition, { pollIntervalMs: 20, ...options }))

  return {
    store,
    otherHandle,
    create,
    async run(definition, options) {
      const subscription = create(definition, options)
      await subscription.start()
      return subscription
    },
    keep,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(kept.map((one) => one[Symbol.asyncDispose]()))
      await Promise.all(stores.map((one) => one.close()))
      await cleanUp()
    },
  }
}
