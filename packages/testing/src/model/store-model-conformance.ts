import * as fc from "fast-check"
import type { CreateSubject } from "../conformance/conformance-subject.ts"
import type { Runner } from "../conformance/runner.ts"
import { runInterleaved } from "./interleaved-run.ts"
import { SequentialRun } from "./sequential-run.ts"
import { appendPlans, commandPlans, filters } from "./store-commands.ts"

/** How long to search. */
export interface StoreModelOptions {
  /** How many random histories each property tries; each has a store of its own. Default 25. */
  readonly runs?: number
  /** Repeats a run that failed: the failure's message says its seed. Default: another one each time. */
  readonly seed?: number
}

/**
 * Random commands against a store and a plain array that says what must come of them; and several writers and readers at once,
 * in random interleavings. A failure is shrunk to its shortest history and says its seed.
 *
 * @example
 * storeModelConformance({ describe, it }, createSubject, { runs: 500 })
 */
export function storeModelConformance<Tx>(
  { describe, it }: Runner,
  create: CreateSubject<Tx>,
  { runs = 25, seed }: StoreModelOptions = {},
): void {
  const parameters = { numRuns: runs, ...(seed !== undefined && { seed }) }

  describe("a store and its model", () => {
    it("agree on the outcome of random commands, and on everything that can be read after them", async () => {
      const property = fc.asyncProperty(
        fc.array(commandPlans, { maxLength: 30, size: "max" }),
        async (commands) => {
          await using subject = await create()
          const run = new SequentialRun(subject.store)
          for (const command of commands) await run.run(command)
          await run.finish()
        },
      )
      await fc.assert(property, parameters)
    })

    it("agree when several writers and readers are interleaved", async () => {
      const writer = fc.record({ appends: fc.array(appendPlans, { minLength: 1, maxLength: 6 }) })
      const reader = fc.record({ filter: filters, pageSize: fc.constantFrom(1, 2, 5, 1000) })
      const property = fc.asyncProperty(
        fc.scheduler(),
        fc.array(writer, { minLength: 2, maxLength: 4 }),
        fc.array(reader, { minLength: 1, maxLength: 3 }),
        async (scheduler, writers, readers) => {
          await using subject = await create()
          await runInterleaved(subject.store, scheduler, writers, readers)
        },
      )
      await fc.assert(property, parameters)
    })
  })
}
