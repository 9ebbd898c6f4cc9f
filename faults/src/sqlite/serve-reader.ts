import { systemClock } from "@annals/core"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { serveParent } from "../harness/parent.ts"
import type { ReaderJob, ReaderMessage, ReaderPage } from "./messages.ts"

/** How a reader gets at what lies behind a position. Tests put broken ones in its place. */
export type ReadPages = (
  store: SqliteStore,
  after: number,
  job: Pick<ReaderJob, "pageSize" | "filter" | "resumed">,
) => AsyncIterable<ReaderPage>

/** Page by page, to the end as it is then. */
export const readPages: ReadPages = async function* (store, after, { pageSize, filter }) {
  for await (const { events, scannedTo } of store.readAll({ ...filter, after, pageSize }).pages()) {
    yield { events: events.map(({ id, position }) => ({ id, position })), scannedTo }
  }
}

/** Between two looks at the file. Nothing depends on it but how busy the machine is. */
const pollIntervalMs = 3

/** The process of a reader: reads on and on from its checkpoint, and hands over every page with the checkpoint behind it. */
export function serveReader(read: ReadPages): void {
  let store: SqliteStore | undefined
  let finish = false
  serveParent<ReaderJob>(
    async (job, parent) => {
      const say = (message: ReaderMessage) => parent.say(message)
      const opened = createSqliteStore({ file: job.file })
      store = opened
      finish = job.finish
      let after = job.after
      while (true) {
        const last = finish
        for await (const page of read(opened, after, job)) {
          after = page.scannedTo
          await say({ type: "page", ...page })
        }
        await say({ type: last ? "finished" : "polled" })
        if (last) return
        await systemClock.sleep(pollIntervalMs)
      }
    },
    () => {
      finish = true
    },
    async () => store?.close(),
  )
}
