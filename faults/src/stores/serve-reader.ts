import { type EventStore, systemClock } from "@annals/core"
import { serveParent } from "../harness/parent.ts"
import type { ReaderJob, ReaderMessage, ReaderPage } from "./messages.ts"
import type { StoreAccess } from "./store-access.ts"

/** How a reader gets at what lies behind a position. Tests put broken ones in its place. */
export type ReadPages = (
  store: EventStore,
  after: number,
  job: Pick<ReaderJob, "pageSize" | "filter" | "resumed" | "location">,
) => AsyncIterable<ReaderPage>

/** Page by page, to the end as it is then. */
export const readPages: ReadPages = async function* (store, after, { pageSize, filter }) {
  for await (const { events, scannedTo } of store.readAll({ ...filter, after, pageSize }).pages()) {
    yield { events: events.map(({ id, position }) => ({ id, position })), scannedTo }
  }
}

/** Between two looks at the store. Nothing depends on it but how busy the machine is. */
const pollIntervalMs = 5

/** The process of a reader: reads on and on from its checkpoint, and hands over every page with the checkpoint behind it. */
export function serveReader<Location extends object>(
  access: Pick<StoreAccess<Location>, "open" | "mayHaveFailedByFault">,
  read: ReadPages,
): void {
  let store: EventStore | undefined
  let finish = false
  serveParent<ReaderJob<Location>>(
    async (job, parent) => {
      const say = (message: ReaderMessage) => parent.say(message)
      const opened = access.open(job.location)
      store = opened
      finish = job.finish
      let after = job.after
      /** Whether it came to the end. What it has seen before an error it has seen. */
      const poll = async () => {
        try {
          for await (const page of read(opened, after, job)) {
            after = page.scannedTo
            await say({ type: "page", ...page })
          }
          return true
        } catch (error) {
          if (!access.mayHaveFailedByFault(error)) throw error
          return false
        }
      }
      while (true) {
        const last = finish
        const ended = await poll()
        if (ended) await say({ type: last ? "finished" : "polled" })
        if (ended && last) return
        await systemClock.sleep(pollIntervalMs)
      }
    },
    () => {
      finish = true
    },
    async () => store?.close(),
  )
}
