import type { ServiceName } from "@annals/services"
import type { Scenario } from "./scenario.ts"

/** How much work a run is: everything; under a minute; a few seconds, for the tests of the benchmarks themselves. */
export type Size = "full" | "quick" | "tiny"

export interface Suite<Parameters = unknown> {
  readonly name: string
  /** What must run for it; `pnpm bench` brings it up. */
  readonly services?: readonly ServiceName[]
  readonly parameters: Readonly<Record<Size, Parameters>>
  /** What holds for all scenarios, beside the parameters: lines to print. */
  readonly conditions: readonly string[]
  /** What is to be said about its services as they run: a line to print. */
  describeServices?(): Promise<string>
  readonly scenarios: readonly Scenario<Parameters>[]
}
