import type { Runner } from "../src/index.ts"

export interface CollectedTest {
  /** The names of its groups and its own, joined by " › ". */
  readonly name: string
  readonly run: () => Promise<Outcome>
}

export type Outcome =
  | { readonly status: "passed" }
  | { readonly status: "skipped"; readonly reason: string }
  | { readonly status: "failed"; readonly error: unknown }

/** A runner that runs nothing by itself: a suite becomes a list, to be run against a store that should fail it. */
export function collectTests(suite: (runner: Runner) => void): CollectedTest[] {
  const tests: CollectedTest[] = []
  const groups: string[] = []
  suite({
    describe(name, body) {
      groups.push(name)
      body()
      groups.pop()
    },
    it(name, body) {
      tests.push({ name: [...groups, name].join(" › "), run: () => outcomeOf(body) })
    },
  })
  return tests
}

async function outcomeOf(body: Parameters<Runner["it"]>[1]): Promise<Outcome> {
  let skipped: string | undefined
  const skip = (reason = "") => {
    skipped = reason
  }
  try {
    await body({ skip })
  } catch (error) {
    return { status: "failed", error }
  }
  return skipped === undefined ? { status: "passed" } : { status: "skipped", reason: skipped }
}
