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
