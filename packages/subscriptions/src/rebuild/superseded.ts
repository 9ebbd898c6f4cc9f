import { AnnalsError } from "@annals/core"
import type { ProjectionVersion } from "./projection-names.ts"

/** Of a version after which a newer one took over: it must not write any more. */
export function superseded({ name, version }: ProjectionVersion, live: number): AnnalsError {
  const message =
    `version ${live} of projection "${name}" took over from version ${version}, which keeps it no more: run the newer program, ` +
    `or define version ${live + 1}`
  return new AnnalsError("PROJECTION_SUPERSEDED", message, { expected: version, actual: live })
}
