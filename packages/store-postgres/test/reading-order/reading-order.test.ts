import { describe, expect, it } from "vitest"
import type { Key } from "./key-set.ts"
import { readingMachine } from "./reading-machine.ts"
import { type ReadingRules, storeRules } from "./reading-rules.ts"
import { type Machine, type SearchResult, search } from "./state-search.ts"

const sizes = {
  threeByThree: { ...storeRules, writers: 3, eventsPerWriter: 3 },
  threeByTwo: { ...storeRules, writers: 3, eventsPerWriter: 2 },
  twoByThree: { ...storeRules, writers: 2, eventsPerWriter: 3 },
  twoByTwo: { ...storeRules, writers: 2, eventsPerWriter: 2 },
}

function searched<State>(name: string, machine: Machine<State>): SearchResult {
  const result = search(machine)
  const outcome =
    result.fault === undefined ? "" : `: ${result.fault.reason}, after ${result.fault.schedule.join(", ")}`
  process.stdout.write(`  reading order, ${name}: ${result.states} states, ${result.steps} steps${outcome}\n`)
  return result
}

describe("the reading order, in every reachable state", { timeout: 120_000 }, () => {
  const { threeByThree, threeByTwo, twoByThree, twoByTwo } = sizes
  const right: Record<string, ReadingRules> = {
    "three writers with up to three events": threeByThree,
    "two of three writers in one stream": { ...threeByTwo, sharingStream: 2 },
    "three writers in one stream": { ...threeByThree, sharingStream: 3 },
    "insertion as a step of its own": { ...threeByTwo, insertion: true },
    "locks that go with the commit": { ...threeByTwo, locksEnd: "with the commit" },
    "rollbacks to savepoints": { ...threeByTwo, savepoints: "announced again" },
    "a server that dies": { ...threeByTwo, crashes: true },
    "a server that dies, savepoints, insertion": {
      ...twoByThree,
      crashes: true,
      savepoints: "announced again",
      insertion: true,
    },
    "no contiguous pages": { ...threeByTwo, contiguousShortcut: false },
    "a filtered reader": { ...twoByThree, filtered: true, contiguousShortcut: false },
    "a backward reader": { ...threeByTwo, direction: "backward" },
    "a filtered backward reader": { ...twoByTwo, filtered: true, direction: "backward" },
  }

  it.each(Object.entries(right))("skips nothing and holds nobody back: %s", (name, rules) => {
    expect(searched(name, readingMachine(rules)).fault).toBeUndefined()
  })
})

describe("what the reading order needs, and what it doesn't", { timeout: 60_000 }, () => {
  const { twoByTwo, twoByThree } = sizes
  const sequenceFirst: ReadingRules["readerSteps"] = ["the last value", "the locks", "the events"]
  const skipping: Record<string, ReadingRules> = {
    "writers that announce after drawing": { ...twoByTwo, announce: "after drawing" },
    "locks read before the highest position": {
      ...twoByTwo,
      readerSteps: ["the locks", "the highest position", "the events"],
    },
    "locks read before the sequence": {
      ...twoByTwo,
      readerSteps: ["the locks", "the last value", "the events"],
    },
    "events read before the locks": {
      ...twoByTwo,
      readerSteps: ["the last value", "the events", "the locks"],
    },
    // Functions look at the sequence and at the locks when they are called, and that is after the snapshot.
    "all in one snapshot": { ...twoByTwo, readerSteps: ["the events", "the last value", "the locks"] },
    "only locks and events": {
      ...twoByTwo,
      readerSteps: ["the locks", "the events"],
      checkpoint: "last event",
    },
    "no locks": { ...twoByTwo, readerSteps: ["the highest position", "the events"] },
    "the sequence and no locks": { ...twoByTwo, readerSteps: ["the last value", "the events"] },
    "locks that go before the rows are visible": { ...twoByTwo, locksEnd: "before the commit" },
    "an announcement that a savepoint took away": {
      ...twoByTwo,
      savepoints: "announcement taken for granted",
    },
    "a bound that is two too high": { ...twoByTwo, boundAboveLastValue: 3 },
    "a bound that is one too high, with the sequence": {
      ...twoByTwo,
      boundAboveLastValue: 2,
      readerSteps: sequenceFirst,
    },
    // Positions of a rolled-back append come again when the server dies before anything flushed their draw.
    "the sequence, and a server that dies": { ...twoByTwo, readerSteps: sequenceFirst, crashes: true },
    "a backward reader without locks": {
      ...twoByTwo,
      direction: "backward",
      readerSteps: ["the highest position"],
    },
    "a backward reader that reads the locks first": {
      ...twoByTwo,
      direction: "backward",
      readerSteps: ["the locks", "the highest position"],
    },
    "a filtered reader without locks": {
      ...twoByTwo,
      filtered: true,
      readerSteps: ["the highest position", "the events"],
    },
  }

  it.each(Object.entries(skipping))("skips with %s", (name, rules) => {
    expect(searched(name, readingMachine(rules)).fault?.reason).toBe("an event is skipped")
  })

  it("disorders a stream whose lock is taken after drawing", () => {
    const rules: ReadingRules = { ...twoByTwo, sharingStream: 2, streamLock: "after drawing" }
    const { fault } = searched("stream lock after drawing", readingMachine(rules))
    expect(fault?.reason).toBe("the versions of a stream are out of order")
  })

  const alsoRight: Record<string, ReadingRules> = {
    "the sequence instead of the highest position, where the server doesn't die": {
      ...twoByThree,
      readerSteps: sequenceFirst,
    },
    "the sequence, and checkpoints that go no farther than the last event": {
      ...twoByThree,
      readerSteps: sequenceFirst,
      checkpoint: "last event",
      crashes: true,
    },
    // Below such a bound nothing but the writer's own events can be missing, and its checkpoints don't go there.
    "a bound that is one too high, and checkpoints that go no farther than the last event": {
      ...twoByThree,
      boundAboveLastValue: 2,
      checkpoint: "last event",
    },
  }

  it.each(Object.entries(alsoRight))("is right also with %s", (name, rules) => {
    expect(searched(name, readingMachine(rules)).fault).toBeUndefined()
  })
})

describe("the search", { timeout: 60_000 }, () => {
  /** Takes no two states for the same, whatever a machine's own key leaves out. */
  function withoutMerging<State>(machine: Machine<State>): Machine<State> {
    const numbers = new Map<string, number>()
    const key = (state: State): Key => {
      const text = JSON.stringify(state)
      const number = numbers.get(text) ?? numbers.size
      numbers.set(text, number)
      return [number, 0, 0, 0]
    }
    return { ...machine, key }
  }

  const compared: Record<string, ReadingRules> = {
    "the store's rules": sizes.twoByTwo,
    "three writers": { ...storeRules, writers: 3 },
    "a shared stream": { ...sizes.twoByTwo, sharingStream: 2 },
    "checkpoints at the last event": { ...sizes.twoByTwo, checkpoint: "last event" },
    "the sequence": { ...sizes.twoByTwo, readerSteps: ["the last value", "the locks", "the events"] },
    "the sequence, and a server that dies": {
      ...sizes.twoByTwo,
      readerSteps: ["the last value", "the locks", "the events"],
      crashes: true,
    },
    "savepoints that break": { ...sizes.twoByTwo, savepoints: "announcement taken for granted" },
    "announcing late": { ...sizes.twoByTwo, announce: "after drawing" },
    "all in one snapshot": { ...sizes.twoByTwo, readerSteps: ["the events", "the last value", "the locks"] },
    "a backward reader": { ...sizes.twoByTwo, direction: "backward" },
  }

  it.each(Object.entries(compared))(
    "finds the same whether or not equal states are merged: %s",
    (name, rules) => {
      const machine = readingMachine(rules)
      const merged = search(machine)
      const whole = searched(`${name}, nothing merged`, withoutMerging(machine))
      expect(merged.fault?.reason).toBe(whole.fault?.reason)
      expect(merged.fault?.schedule.length).toBe(whole.fault?.schedule.length)
    },
  )
})
