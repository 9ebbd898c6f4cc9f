import type { Contestant, Contestants } from "./scenario.ts"

/** Sorts contestants into ours, bare and peers, by their names. */
export function asContestants(contestants: ReadonlyMap<string, Contestant>): Contestants {
  const { ours, bare, ...peers } = Object.fromEntries(contestants)
  if (ours === undefined) throw new Error("nothing to compare with: ours is missing")
  return { ours, ...(bare && { bare }), peers }
}
