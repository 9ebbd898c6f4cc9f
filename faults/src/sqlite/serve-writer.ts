import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { type Parent, serveParent } from "../harness/parent.ts"
import type { ResumeMessage, WriterJob, WriterMessage } from "./messages.ts"
import type { Operation } from "./operation.ts"
import type { Perform } from "./perform-operation.ts"

/** How long a writer waits for the file: longer than any round may take, so that nobody gives up. */
const busyTimeoutMs = 300_000

/** The process of a writer: does its job, says what it starts and how it comes out, and waits where it is told to. */
export function serveWriter(perform: Perform): void {
  const paused = new Map<string, () => void>()
  let store: SqliteStore | undefined
  serveParent<WriterJob>(
    async (job, parent) => {
      const say = (message: WriterMessage) => parent.say(message)
      await say({ type: "opening" })
      const opened = createSqliteStore({ file: job.file, busyTimeoutMs })
      store = opened
      await Promise.all(job.lanes.map((lane) => runLane(opened, lane, job, parent, paused, perform)))
      await say({ type: "finished" })
    },
    (message) => paused.get((message as ResumeMessage).operation)?.(),
    async () => store?.close(),
  )
}

async function runLane(
  store: SqliteStore,
  lane: readonly Operation[],
  { pauses }: WriterJob,
  parent: Parent,
  paused: Map<string, () => void>,
  perform: Perform,
): Promise<void> {
  const say = (message: WriterMessage) => parent.say(message)
  for (const operation of lane) {
    const { name } = operation
    const moment = pauses.find((pause) => pause.operation === name)?.moment
    await say({ type: "started", operation: name })
    await perform(store, operation, {
      pausesAt: moment,
      pause: async () => {
        if (moment === undefined) return
        const resumed = new Promise<void>((resolve) => paused.set(name, resolve))
        await say({ type: "paused", operation: name, moment })
        await resumed
      },
      answer: (answer) => say({ type: "answered", operation: name, answer }),
    })
  }
}
