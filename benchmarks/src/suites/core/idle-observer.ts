import type { Observer } from "@annals/core"

/** Does what an observer must do, and nothing else. */
export const idleObserver: Observer = { around: (_operation, run) => run(), record: () => {} }

/** An execute is three operations: itself, a load, an append; reading its stream is a fourth. */
export const operationsPerCommand = 4
