import { streamId } from "@annals/core"
import { sequentialId } from "@annals/testing"
import type { Operation, OperationKind } from "../../src/stores/operation.ts"
import type { ReaderFault, RoundPlan, WriterFault } from "../../src/stores/round-plan.ts"

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
  /** One list for each writer. */
  readonly operations: readonly (readonly Operation[])[]
  /** Of the first writer. */
  readonly faults?: readonly WriterFault[]
  readonly readerFaults?: readonly ReaderFault[]
  /** The second writer begins when the first is stopped in this operation. */
  readonly secondStartsAtStopOf?: string
}

/** Writers of one lane each, and one reader of everything. */
export function smallPlan({
  operations,
  faults = [],
  readerFaults = [],
  secondStartsAtStopOf,
}: SmallPlan): RoundPlan {
  return {
    writers: operations.map((lane, index) => ({
      name: `w${index}`,
      lanes: [lane],
      faults: index === 0 ? faults : [],
      ...(index === 1 && secondStartsAtStopOf !== undefined && { startsAtStopOf: secondStartsAtStopOf }),
    })),
    readers: [{ name: "r0", pageSize: 3, filter: {}, faults: readerFaults }],
    siteFaults: [],
  }
}
