import type { Child } from "./child.ts"
import type { Progress } from "./progress.ts"

/** Freezes a process until the condition holds. `false`: the run was given up before that, and the process with it. */
export async function stopUntil(
  child: Child<never>,
  progress: Progress,
  condition: () => boolean,
): Promise<boolean> {
  child.stop()
  progress.changed()
  try {
    await progress.until(condition)
  } catch {
    return false
  }
  child.continue()
  return true
}
