import { median } from "./median.ts"

/** How many of `count` things a second `work` gets done. */
export async function perSecond(count: number, work: () => Promise<void> | void): Promise<number> {
  return (count * 1000) / (await milliseconds(work))
}

/** How long `work` takes. */
async function milliseconds(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** The median of so many runs of `work`, in milliseconds. */
export async function medianTime(runs: number, work: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) times.push(await milliseconds(work))
  return median(times)
}
