import { streamId } from "@annals/core"
import { sequentialId } from "@annals/testing"
import type { Operation, OperationKind } from "../../src/sqlite/operation.ts"
import type { ReaderFault, RoundPlan, WriterFault } from "../../src/sqlite/plan.ts"

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
      fact: `${name}/${id}/${part}`,
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
}

/** Writers of one lane each, and one reader of everything. */
export function smallPlan({ operations, faults = [], readerFaults = [] }: SmallPlan): RoundPlan {
  return {
    writers: operations.map((lane, index) => ({
      name: `w${index}`,
      lanes: [lane],
      faults: index === 0 ? faults : [],
    })),
    readers: [{ name: "r0", pageSize: 3, filter: {}, faults: readerFaults }],
  }
}
