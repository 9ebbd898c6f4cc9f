import type { EventIn, Recorded } from "@annals/core"
import type { files } from "../domain/file.ts"
import { formatMinute, formatNumber } from "../terminal/format.ts"
import { printable } from "../terminal/printable.ts"
import { type Cell, drawTable } from "../terminal/table.ts"
import { cutEnd } from "../terminal/text-width.ts"
import { innerWidth, type Page, section } from "./page.ts"

export type FileEvent = Recorded<EventIn<(typeof files)["events"]>>

const longestName = 24

/** The life of one file, event by event: a stream, read from its beginning. */
export function showFileStory(page: Page, path: string, events: readonly FileEvent[]): readonly string[] {
  const rows = events.map((event) => describeEvent(page, event))
  return section(page, `The story of ${printable(path)}`, drawTable(rows, innerWidth(page)))
}

function describeEvent({ style }: Page, event: FileEvent): readonly Cell[] {
  const { lines, merged, commit } = event.data
  return [
    { text: formatMinute(event.occurredAt), paint: style.dim },
    { text: commit.slice(0, 8), paint: style.dim },
    { text: cutEnd(printable(event.metadata.actor ?? ""), longestName) },
    { text: lines ? `+${formatNumber(lines.added)}` : "binary", align: "right", paint: style.added },
    { text: lines ? `−${formatNumber(lines.removed)}` : "", align: "right", paint: style.removed },
    { text: whatHappened(event) + (merged ? " by a merge" : "") },
  ]
}

function whatHappened(event: FileEvent): string {
  switch (event.type) {
    case "fileAdded":
      return `added as ${printable(event.data.path)}`
    case "fileEdited":
      return "edited"
    case "fileRenamed":
      return `renamed to ${printable(event.data.path)}`
    case "fileDeleted":
      return "deleted"
    default:
      return event satisfies never
  }
}
