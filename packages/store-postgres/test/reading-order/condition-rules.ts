/*
 * Append conditions as a machine: up to three transactions that append at the same time, some of them under a condition.
 *
 * A transaction with a condition decides first: it reads the log up to a position, `after`. Each append then goes on like
 * this; what the first append of a transaction does once is in brackets:
 *   look for matching events above `after` (a hopeless append draws no position)
 *   [read the last value] [announce the bound] draw the first position
 *   [lock the exact key of that position: exclusively, marked with the topics of what it appends]
 *   with a condition: wait until no transaction with a lower key may match, and each bound below is settled into a key;
 *     then look again for matching events above `after`
 *   draw the other positions, insert
 * A later append takes, before it draws, a second key on the transaction's first position that may match anything. After
 * all appends come commit, and a moment later the release of all locks; or, between any two steps, an abort.
 */

/** Topics of events, and of what a condition asks for, as bits. A real one is a type with tags. */
export type Topics = number

export interface Append {
  /** One entry for each event. */
  readonly events: readonly Topics[]
  /** What its condition asks for; 0: it has none. */
  readonly query: Topics
  /** More topics that its key stands for, as hashes do. */
  readonly collisions?: Topics
}

/** What the store does, or what a broken one would do. */
export interface ConditionRules {
  /** At most three, with at most three events each. */
  readonly transactions: readonly (readonly Append[])[]
  /** Where `after` comes from: the position below which nothing is in flight, or simply the highest that is visible. */
  readonly after: "settled" | "highest"
  /** What a conditional append waits for. */
  readonly waitsFor: "keys and unsettled bounds" | "keys" | "bounds"
  readonly check: "after waiting" | "before waiting"
  /** Where the check stops: nowhere, or at the append's own first position. */
  readonly checkedUpTo: "the end" | "own position"
  /** When an append draws what follows its first position. */
  readonly drawsRest: "before waiting" | "after checking"
  /** With all positions between `after` and its own visible, an append doesn't look at locks; with none, it doesn't even check. */
  readonly contiguousShortcut: boolean
  /** Whether a transaction that appends again takes a second key. */
  readonly secondKey: boolean
  readonly locksEnd: "after the commit" | "before the commit"
  /** Whether a deadlock counts as a fault where a transaction that appends again is part of it. */
  readonly deadlocks: "never" | "allowed in later appends"
}

/** The store's own rules: tests say which transactions they want. */
export const storeConditions: ConditionRules = {
  transactions: [],
  after: "settled",
  waitsFor: "keys and unsettled bounds",
  check: "after waiting",
  checkedUpTo: "the end",
  drawsRest: "after checking",
  contiguousShortcut: true,
  secondKey: true,
  locksEnd: "after the commit",
  deadlocks: "never",
}
