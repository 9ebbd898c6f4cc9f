/** What a round was to do, what was answered, and what is there when all is over: everything that the check compares. */
export interface RunRecord {
  readonly appends: readonly AppendRecord[]
  /** The whole log, in the order in which the store gives it. */
  readonly stored: readonly StoredFact[]
  /** The same facts once more, stream by stream, each in the order in which the store gives it. */
  readonly streams: ReadonlyMap<string, readonly StoredFact[]>
  readonly readings: readonly Reading[]
  readonly effects: readonly EffectRecord[]
}

/** An append that a writer was to make. */
export interface AppendRecord {
  readonly name: string
  /** Appends of one lane are made one after the other. */
  readonly lane: string
  readonly facts: readonly PlannedFact[]
  /** `unknown`: its writer was killed and never asked again. Whether it happened, nobody says; but in part it can't have. */
  readonly outcome: "acknowledged" | "refused" | "unknown"
  /** As acknowledged; of each fact, in their order. */
  readonly positions?: readonly number[]
  /** Of all appends with the same, only one may happen. */
  readonly exclusive?: string
}

/** Something that is to be recorded once, whatever id it gets. */
interface PlannedFact {
  readonly fact: string
  readonly id: string
  readonly stream: string
}

export interface StoredFact extends PlannedFact {
  readonly position: number
  readonly version: number
  /** The version of the stream that its writer required. */
  readonly requiredVersion?: number
}

/** What one reader saw, over all its lives, in the order in which it saw it. */
export interface Reading {
  readonly reader: string
  readonly seen: readonly { readonly id: string; readonly position: number }[]
  /** Which facts it asked for. */
  readonly asksFor: (stored: StoredFact) => boolean
}

/** What was written in one transaction with appends. */
export interface EffectRecord {
  readonly effect: string
  /** Appends that have it, if they are stored. */
  readonly appends: ReadonlySet<string>
  /** For which appends it happened, in order, each as often as it did. */
  readonly happenedFor: readonly string[]
}
