import type { AppendBatch, AppendOutcome } from "@annals/core"
import type { SqlRow } from "../sql/sql-runner.ts"

/**
 * What became of a batch of a call. `busy`: somebody else holds what it needs. `recorded`: some of its ids are recorded already;
 * whether it is a repeat remains to be seen.
 */
export type BatchAnswer = AppendOutcome | { readonly status: "busy" } | { readonly status: "recorded" }

/** Reads the answer of the function `append`, a row of arrays, for each batch of the call. */
export function readAnswer(batches: readonly AppendBatch[], row: SqlRow): BatchAnswer[] {
  const [outcomes, details, places, firstVersions, positions] = row.map(numbersOf)
  let part = 0
  let event = 0
  return batches.map((batch, index) => {
    const firstPart = part
    part += batch.streams.length
    const firstEvent = event
    for (const { events } of batch.streams) event += events.length
    switch (outcomes?.[index]) {
      case 0:
        return {
          status: "appended",
          firstVersions: (firstVersions ?? []).slice(firstPart, part),
          positions: (positions ?? []).slice(firstEvent, event),
          recordedAt: batch.recordedAt,
        }
      case 1:
        return { status: "busy" }
      case 2:
        return { status: "recorded" }
      case 3: {
        const place = (places?.[index] as number) - 1 - firstPart
        const { stream, expected } = batch.streams[place] as AppendBatch["streams"][number]
        return { status: "version-conflict", stream, expected, actual: details?.[index] as number }
      }
      case 4:
        return { status: "condition-failed", position: details?.[index] as number }
      default:
        throw new Error(`append answered with the outcome ${outcomes?.[index]}`)
    }
  })
}

/** `{1,NULL,3}`; NULL stands at the places of what was refused. */
function numbersOf(text: string | null): number[] {
  return text === null || text === "{}" ? [] : text.slice(1, -1).split(",").map(Number)
}
