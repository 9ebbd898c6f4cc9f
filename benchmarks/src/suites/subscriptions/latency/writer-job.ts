import type { ListenerName } from "./listeners.ts"

/** What a writer's process is sent. */
export interface WriterJob {
  /** By whose means it appends. */
  readonly contestant: ListenerName
  readonly url: string
  readonly eventsPerSecond: number
  readonly count: number
}
