import type { Result } from "../report/result-table.ts"
import type { Row } from "../report/row.ts"
import { measureRounds } from "./measure-rounds.ts"
import type { Bench, Contestant, Contestants, Scenario } from "./scenario.ts"
import type { Size, Suite } from "./suite.ts"
import { WorkFolder } from "./work-folder.ts"

export interface SuiteResult {
  readonly results: readonly Result[]
  readonly notes: readonly string[]
}

/** Runs a suite's scenarios one after the other. `progress` gets each scenario's name before it starts. */
export async function runSuite<Parameters>(
  suite: Suite<Parameters>,
  size: Size,
  progress: (scenario: string) => void = () => {},
): Promise<SuiteResult> {
  using folder = new WorkFolder()
  const results: Result[] = []
  const notes: string[] = []
  for (const scenario of suite.scenarios) {
    progress(scenario.name)
    const bench: Bench<Parameters> = {
      parameters: suite.parameters[size],
      newPath: (name) => folder.newPath(name),
      note: (line) => notes.push(`${scenario.name}: ${line}`),
    }
    results.push(...(await runScenario(suite.name, scenario, bench)))
    folder.clear()
  }
  return { results, notes }
}

async function runScenario<Parameters>(
  suite: string,
  scenario: Scenario<Parameters>,
  bench: Bench<Parameters>,
): Promise<Result[]> {
  const contestants = byName(await scenario.prepare(bench))
  try {
    const { unit, better, more = [] } = scenario
    const rounds = scenario.rounds(bench.parameters)
    const warmUps = scenario.warmUps?.(bench.parameters) ?? (rounds > 1 ? 1 : 0)
    const turns = { warmUps, collectsGarbage: scenario.collectsGarbage ?? false }
    const values = await measureRounds(contestants, rounds, turns)
    return [scenario, ...more].map(({ name, goals }, index) => ({
      row: { suite, scenario: name, unit, better, ...rowValues(values, index) },
      ...(goals && { goals }),
    }))
  } finally {
    await Promise.all([...contestants.values()].map((contestant) => contestant[Symbol.asyncDispose]?.()))
  }
}

function byName({ ours, bare, peers }: Contestants): Map<string, Contestant> {
  return new Map(Object.entries({ ours, ...(bare && { bare }), ...peers }))
}

function rowValues(
  values: ReadonlyMap<string, readonly number[]>,
  index: number,
): Pick<Row, "ours" | "bare" | "peers"> {
  const own = [...values].map(([name, measured]) => [name, measured[index] as number] as const)
  const { ours, bare, ...peers } = Object.fromEntries(own)
  return {
    ours: ours as number,
    ...(bare !== undefined && { bare }),
    ...(Object.keys(peers).length > 0 && { peers }),
  }
}
