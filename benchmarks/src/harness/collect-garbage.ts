import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const gc = runInNewContext("gc") as () => void

/** Collects all garbage now, so that nobody pays for what was done before. */
export function collectGarbage(): void {
  gc()
}
