import { beginning, type EventOf, type Position, type Recorded } from "@annals/core"
import type { commitRecorded } from "./commit.ts"

/** A commit as far as its place in history goes. */
export interface CommitNode {
  readonly hash: string
  readonly parents: readonly string[]
}

/** A commit that is recorded. */
export interface RecordedCommit extends CommitNode {
  readonly committedAt: number
  readonly subject: string
  /** Up to here, the store holds this commit with all of its changes. */
  readonly position: Position
}

/** How the recorded commits hang together. */
export class CommitGraph {
  readonly #commits = new Map<string, RecordedCommit>()
  #position = beginning

  get size(): number {
    return this.#commits.size
  }

  /** Up to here, the store holds these commits; beyond, another import may be adding more. */
  get position(): Position {
    return this.#position
  }

  record({ data, position }: Recorded<EventOf<typeof commitRecorded>>): void {
    const { hash, parents, committedAt, subject } = data
    this.#commits.set(hash, { hash, parents, committedAt, subject, position })
    this.#position = position
  }

  has(hash: string): boolean {
    return this.#commits.has(hash)
  }

  /** All commits, each after its parents. */
  commits(): Iterable<RecordedCommit> {
    return this.#commits.values()
  }

  /** Everything that led to a commit, and itself. */
  ancestry(head: string): ReadonlySet<string> {
    const found = new Set<string>()
    const waiting = [head]
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      const commit = this.#commits.get(hash)
      if (commit === undefined || found.has(hash)) continue
      found.add(hash)
      waiting.push(...commit.parents)
    }
    return found
  }

  /** From a commit back through first parents to the beginning: what its files were made of, step by step. */
  *mainLine(head: string): Generator<RecordedCommit> {
    for (let commit = this.#commits.get(head); commit; commit = this.#firstParent(commit)) yield commit
  }

  /** Where the main line stood at a time (epoch milliseconds); `undefined` before its first commit. */
  commitAt(head: string, time: number): RecordedCommit | undefined {
    return this.mainLine(head).find(({ committedAt }) => committedAt <= time)
  }

  #firstParent({ parents: [first] }: RecordedCommit): RecordedCommit | undefined {
    return first === undefined ? undefined : this.#commits.get(first)
  }
}
