import { type EventStore, systemClock, type UnitOfWork } from "@annals/core"
import { type Parent, serveParent } from "../harness/parent.ts"
import type { PausedMessage, ResumeMessage, WriterJob, WriterMessage } from "./messages.ts"
import type { Moment, Operation } from "./operation.ts"
import type { Perform } from "./perform-operation.ts"
import type { StoreAccess } from "./store-access.ts"

/** Between two tries. Nothing depends on it but how busy the machine is while a server is down. */
const retryPauseMs = 20

/** The process of a writer: does its job, says what it starts and how it comes out, and waits where it is told to. */
export function serveWriter<Location>(access: StoreAccess<Location>, perform: Perform): void {
  const paused = new Map<string, () => void>()
  let store: EventStore | undefined
  serveParent<WriterJob<Location>>(
    async (job, parent) => {
      const say = (message: WriterMessage) => parent.say(message)
      await say({ type: "opening" })
      const opened = access.open(job.location)
      store = opened
      const moments = new Map(job.pauses.map(({ operation, moment }) => [operation, moment]))
      const lane = { store: opened, access, perform, moments, parent, paused }
      await Promise.all(job.lanes.map((operations) => runLane(operations, lane)))
      await say({ type: "finished" })
    },
    (message) => paused.get((message as ResumeMessage).operation)?.(),
    async () => store?.close(),
  )
}

interface Lane {
  readonly store: EventStore
  readonly access: Pick<StoreAccess<never>, "prepareFault" | "mayHaveFailedByFault">
  readonly perform: Perform
  /** Of each operation that waits for a fault, until it has waited. */
  readonly moments: Map<string, Moment>
  readonly parent: Parent
  /** Lets go on whatever is paused. */
  readonly paused: Map<string, () => void>
}

async function runLane(operations: readonly Operation[], lane: Lane): Promise<void> {
  for (const operation of operations) {
    await lane.parent.say({ type: "started", operation: operation.name } satisfies WriterMessage)
    await performUntilAnswered(operation, lane)
  }
}

/** Whatever came of an operation that nobody answered, it is the same append once more. */
async function performUntilAnswered(operation: Operation, lane: Lane): Promise<void> {
  const { store, access, perform, moments, parent } = lane
  let answered = false
  while (true) {
    try {
      await perform(store, operation, {
        pausesAt: moments.get(operation.name),
        pause: (unitOfWork) => pause(operation.name, lane, unitOfWork),
        answer: async (answer) => {
          answered = true
          await parent.say({ type: "answered", operation: operation.name, answer } satisfies WriterMessage)
        },
      })
      return
    } catch (error) {
      if (!access.mayHaveFailedByFault(error)) throw error
      if (answered) return
      await systemClock.sleep(retryPauseMs)
    }
  }
}

async function pause(
  operation: string,
  { access, moments, parent, paused }: Lane,
  unitOfWork: UnitOfWork<unknown> | undefined,
): Promise<void> {
  const moment = moments.get(operation)
  if (moment === undefined) return
  const connection = unitOfWork && (await access.prepareFault(unitOfWork, moment))
  // A fault strikes once: tried again, the operation doesn't wait any more.
  moments.delete(operation)
  const resumed = new Promise<void>((resolve) => paused.set(operation, resolve))
  await parent.say({
    type: "paused",
    operation,
    moment,
    ...(connection !== undefined && { connection }),
  } satisfies PausedMessage)
  if (moment !== "at-commit") await resumed
}
