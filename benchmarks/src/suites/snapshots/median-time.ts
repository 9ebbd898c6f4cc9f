import { median } from "../../harness/median.ts"

/** The median of so many runs of `work`, in milliseconds. */
export async function medianTime(runs: number, work: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return median(times)
}
