import { streamId } from "@annals/core"
import { sequentialId } from "@annals/testing"
import type { Operation, OperationKind } from "../../src/stores/operation.ts"
import type { ReaderFault, RoundPlan, WriterFault, WriterPlan } from "../../src/stores/round-plan.ts"

let ids = 0

/** A step of lane 0 of a writer; by default to one stream, with two events. */
export function operation(
  kind: OperationKind,
  name: string,
  streams: readonly string[] = ["a"],
  tags: readonly string[] = [],
): Operation {
  const appends = streams.map((id) => ({
    stream: streamId("test", id),
    events: ["x", "y"].map((part) => ({
      id: sequentialId(++ids),
      type: "tested",
      tags,
      fact: `${name}@${id}/${part}`,
      filling: 10,
    })),
  }))
  return { name, kind, appends }
}

export interface SmallPlan {
  /** Of one writer, or of two. */
  readonly operations: readonly [first: readonly Operation[], second?: readonly Operation[]]
  /** Another lane of the second writer. */
  readonly besides?: readonly Operation[]
  /** Of the first writer. */
  readonly faults?: readonly WriterFault[]
  readonly readerFaults?: readonly ReaderFault[]
  /** The second writer begins when the first is stopped in this operation. */
  readonly secondStartsAtStopOf?: string
}

/** Writers of one lane each, unless said otherwise, and one reader of everything. */
export function smallPlan({
  operations,
  besides,
  faults = [],
  readerFaults = [],
  secondStartsAtStopOf,
}: SmallPlan): RoundPlan {
  const [first, second] = operations
  const writers: WriterPlan[] = [{ name: "w0", lanes: [first], faults }]
  if (second !== undefined) {
    writers.push({
      name: "w1",
      lanes: besides === undefined ? [second] : [second, besides],
      faults: [],
      ...(secondStartsAtStopOf !== undefined && { startsAtStopOf: secondStartsAtStopOf }),
    })
  }
  return {
    writers,
    readers: [{ name: "r0", pageSize: 3, filter: {}, faults: readerFaults }],
    siteFaults: [],
  }
}
