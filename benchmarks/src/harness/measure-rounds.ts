import { collectGarbage } from "./collect-garbage.ts"
import { median } from "./median.ts"
import type { Contestant } from "./scenario.ts"

export interface TurnOptions {
  readonly warmUps?: number
  readonly collectsGarbage?: boolean
}

/**
 * Lets contestants take turns (A B C, B C A, …) and returns each one's medians: whatever else the machine does meanwhile
 * hits all of them alike, and none always follows the same neighbour. Turns that aren't counted come first, to warm up.
 */
export async function measureRounds(
  contestants: ReadonlyMap<string, Contestant>,
  rounds: number,
  { warmUps = 1, collectsGarbage = false }: TurnOptions = {},
): Promise<Map<string, readonly number[]>> {
  const names = [...contestants.keys()]
  const values = new Map<string, (readonly number[])[]>(names.map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of rotated(names, Math.max(0, round))) {
      if (collectsGarbage) collectGarbage()
      const value = await (contestants.get(name) as Contestant).round()
      if (round >= 0) values.get(name)?.push([value].flat())
    }
  }
  return new Map([...values].map(([name, rounds]) => [name, medians(rounds)]))
}

/** Of each value that a round has. */
function medians(rounds: readonly (readonly number[])[]): number[] {
  return (rounds[0] ?? []).map((_, index) => median(rounds.map((values) => values[index] as number)))
}

function rotated(names: readonly string[], by: number): string[] {
  const start = by % names.length
  return [...names.slice(start), ...names.slice(0, start)]
}
