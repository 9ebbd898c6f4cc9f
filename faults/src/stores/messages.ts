import type { Answer, Moment, Operation, ReaderFilter } from "./operation.ts"

/** What a writer's process is started with. */
export interface WriterJob<Location = object> {
  /** Where the store is. */
  readonly location: Location
  readonly lanes: readonly (readonly Operation[])[]
  /** Operations that wait, at a moment of theirs, until they are told to go on. */
  readonly pauses: readonly { readonly operation: string; readonly moment: Moment }[]
}

export type WriterMessage =
  | { readonly type: "opening" }
  | { readonly type: "started"; readonly operation: string }
  | PausedMessage
  | { readonly type: "answered"; readonly operation: string; readonly answer: Answer }
  | { readonly type: "finished" }
  | Failed

export interface PausedMessage {
  readonly type: "paused"
  readonly operation: string
  readonly moment: Moment
  /** The server's number of the connection that it is paused on, where there is a server. */
  readonly connection?: number
}

/** To a writer that is paused. */
export interface ResumeMessage {
  readonly type: "resume"
  readonly operation: string
}

/** What a reader's process is started with. */
export interface ReaderJob<Location = object> {
  /** Where the store is. */
  readonly location: Location
  /** Its checkpoint: it goes on behind it. */
  readonly after: number
  /** Whether it was started before, with a checkpoint to go on from. */
  readonly resumed: boolean
  readonly pageSize: number
  readonly filter: ReaderFilter
  /** Whether nothing more is written. */
  readonly finish: boolean
}

export type ReaderMessage =
  | ({ readonly type: "page" } & ReaderPage)
  /** It has come to the end of what there was. */
  | { readonly type: "polled" }
  | { readonly type: "finished" }
  | Failed

/** To a reader: nothing more is written, so read to the end and say so. */
export interface FinishMessage {
  readonly type: "finish"
}

/** What a reader saw, and where it goes on from. */
export interface ReaderPage {
  readonly events: readonly SeenEvent[]
  readonly scannedTo: number
}

export interface SeenEvent {
  readonly id: string
  readonly position: number
}

/** An error that ended the work of a process: no fault of ours may cause one. */
interface Failed {
  readonly type: "failed"
  readonly message: string
}
