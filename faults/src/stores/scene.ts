import type { Progress } from "../harness/progress.ts"
import type { Site } from "./site.ts"

/** What all processes of a round share. */
export interface Scene {
  readonly site: Site
  readonly progress: Progress
  /** The round is given up. */
  readonly signal: AbortSignal
  /** Ends the round, for a reason that no fault of ours may cause. */
  giveUp(why: unknown): void
}
