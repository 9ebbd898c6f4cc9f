import type { Scenario } from "./scenario.ts"

/** How much work a run is: everything; under a minute; a few seconds, for the tests of the benchmarks themselves. */
export type Size = "full" | "quick" | "tiny"

export interface Suite<Parameters = unknown> {
  readonly name: string
  readonly parameters: Readonly<Record<Size, Parameters>>
  /** What holds for all scenarios, beside the parameters: lines to print. */
  readonly conditions: readonly string[]
  readonly scenarios: readonly Scenario<Parameters>[]
}
