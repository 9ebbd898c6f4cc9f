import type {
  HandleAction,
  LoadAction,
  LookAction,
  MachineAction,
  ReadAction,
  ReplayAction,
  SaveAction,
} from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import type { FailedEvents } from "./failed-events.ts"
import { loadCheckpoints } from "./load-checkpoints.ts"
import type { ParkedStreams } from "./parked-streams.ts"
import { readPage } from "./read-page.ts"
import { replayStream } from "./replay-stream.ts"
import { type BatchTools, runBatch } from "./run-batch.ts"
import { saveProgress } from "./save-progress.ts"

/** What takes a while, and is answered by an input. */
export type AnsweredAction = LoadAction | ReadAction | HandleAction | SaveAction | ReplayAction | LookAction

export interface ActionTools<Tx> extends BatchTools<Tx> {
  /** Ends a read. */
  readonly signal: AbortSignal
  readonly parkedStreams: ParkedStreams<Tx>
  readonly failed: FailedEvents
}

export function isAnswered(action: MachineAction): action is AnsweredAction {
  return ["load", "read", "handle", "save", "replay", "look"].includes(action.type)
}

/** Does what the machine wants done. Never rejects. */
export function performAction<Tx>(action: AnsweredAction, tools: ActionTools<Tx>): Promise<MachineInput> {
  const { runtime } = tools
  switch (action.type) {
    case "load":
      return loadCheckpoints(action, tools)
    case "read":
      return readPage(action, runtime, tools.signal)
    case "handle":
      return runBatch(action, tools)
    case "save":
      return saveProgress(action, tools)
    case "replay":
      return replayStream(action, tools)
    case "look":
      return look(tools)
    default:
      return action satisfies never
  }
}

async function look<Tx>({ parkedStreams }: ActionTools<Tx>): Promise<MachineInput> {
  try {
    return { type: "looked", parked: await parkedStreams.look() }
  } catch (error) {
    return { type: "work-failed", error }
  }
}
