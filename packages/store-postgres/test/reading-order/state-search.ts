import { createKeySet, type Key } from "./key-set.ts"

/** A small machine whose every reachable state is looked at: no randomness, no time, no database. */
export interface Machine<State> {
  readonly initial: State
  /** States with the same key have the same future; only the first of them is followed. */
  readonly key: (state: State) => Key
  /** Everything that can happen next, in any order: nothing for a process that waits. */
  readonly steps: (state: State) => readonly Step<State>[]
  /** What this state breaks, in words. */
  readonly fault: (state: State, next: readonly Step<State>[]) => string | undefined
}

export interface Step<State> {
  readonly who: string
  readonly what: string
  readonly state: State
}

export interface SearchResult {
  /** Reached states, up to symmetry. */
  readonly states: number
  /** Followed steps: each is one thing that happens in one state. */
  readonly steps: number
  /** The first fault, with one of the shortest ways to it. */
  readonly fault: { readonly reason: string; readonly schedule: readonly string[] } | undefined
}

interface Reached<State> {
  readonly state: State
  readonly way: Way | undefined
}

interface Way {
  readonly who: string
  readonly what: string
  readonly before: Way | undefined
}

/** Looks at every reachable state, nearest first, and stops at the first fault. */
export function search<State>(machine: Machine<State>): SearchResult {
  const seen = createKeySet()
  seen.add(machine.key(machine.initial))
  let frontier: Reached<State>[] = [{ state: machine.initial, way: undefined }]
  let steps = 0
  while (frontier.length > 0) {
    const following: Reached<State>[] = []
    for (const { state, way } of frontier) {
      const next = machine.steps(state)
      const reason = machine.fault(state, next)
      if (reason !== undefined)
        return { states: seen.size, steps, fault: { reason, schedule: scheduleOf(way) } }
      steps += next.length
      for (const { who, what, state: reached } of next) {
        if (seen.add(machine.key(reached)))
          following.push({ state: reached, way: { who, what, before: way } })
      }
    }
    frontier = following
  }
  return { states: seen.size, steps, fault: undefined }
}

function scheduleOf(way: Way | undefined): string[] {
  const found: string[] = []
  for (let at = way; at !== undefined; at = at.before) found.push(`${at.who} ${at.what}`)
  return found.reverse()
}
