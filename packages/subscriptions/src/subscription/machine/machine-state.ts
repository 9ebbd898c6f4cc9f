import type { NewDeadLetter, RecordedEvent, SlotRange, StoredEvent, StreamKey } from "@annals/core"
import type { HeldSlots } from "../../sharing/membership.ts"

/**
 * Everything that decides what a subscription does next. `transition` makes the next state and the actions of an input; it does no I/O, reads
 * no clock and draws no random number, so that every situation can be made, and looked at, in a test.
 *
 *     phase    running → stopping → stopped         by `stop`
 *              running → failing  → failed          an event that can't be handled, or a store that fails for good
 *     paused   nothing is read or handled; what is unsaved is saved
 *
 * Within `running`:
 *
 *     standing by   nothing is held
 *     loading       slots are held, their checkpoints aren't known yet: `cohorts` is empty
 *     reading and handling   one page is handled while the next one is read ahead
 *     at the end    `atEnd`: nothing to read until woken
 *     backing off   `backoff`: after a failure
 *
 * One thing at a time changes anything: `work`. That is why drains can't overlap, a replay can't race with the live reader, and whoever takes
 * slots over finds nothing half done. Only reading goes on beside it.
 */
export interface MachineState {
  readonly phase: "running" | "stopping" | "stopped" | "failing" | "failed"
  readonly paused: boolean
  /** The slots of this instance. */
  readonly held: readonly HeldSlots[]
  /** What it holds as of late, until that is taken over. */
  readonly offered: readonly HeldSlots[] | undefined
  /** Held resources that another instance should have. */
  readonly surplus: readonly string[]
  /** The held slots by their checkpoints, the furthest behind first, which is the one that is worked on. Empty until loaded. */
  readonly cohorts: readonly Cohort[]
  /** Rises with every load: what was read before it is thrown away. */
  readonly epoch: number
  readonly work: WorkKind | undefined
  /** Of the batch that is being handled: what of it is parked unhandled, as it belongs to parked streams. */
  readonly waiting: readonly NewDeadLetter[]
  readonly reading: boolean
  readonly page: Page | undefined
  /** Read ahead. */
  readonly nextPage: Page | undefined
  /** Somebody called since the last read began: its page may lack what the call is about. */
  readonly woken: boolean
  /** The end of the log was reached, and nobody called since. */
  readonly atEnd: boolean
  /** The last page reached the end and had events: where some came, more come. To be read again as soon as they are handled. */
  readonly readAgain: boolean
  /** The last page reached the end of the log as it was. */
  readonly live: boolean
  /** Handled, but not yet saved. */
  readonly unsaved: Unsaved
  /** Where saves were to get of which nobody knows whether they took place. */
  readonly unsure: readonly number[]
  readonly saveDue: boolean
  readonly saveScheduled: boolean
  readonly trouble: Trouble | undefined
  readonly backoff: Backoff | undefined
  /** Failures in a row of what isn't an event's fault. */
  readonly stumbles: number
  /** Times in a row that somebody else had moved the checkpoint. */
  readonly conflicts: number
  readonly parked: ReadonlySet<string>
  /** Parked streams to be handled again. */
  readonly replays: readonly StreamKey[]
  /** Live events had their turn since part of a stream was replayed. */
  readonly replayTurn: boolean
  readonly lookDue: boolean
  /** What made it fail. */
  readonly failure: unknown
}

/** Slots at the same position. */
export interface Cohort {
  readonly slots: readonly SlotRange[]
  /** As it is saved. */
  readonly position: number
}

/** Events that were read, as far as they aren't handled yet. */
export interface Page {
  readonly events: readonly PageEvent[]
  /** Of the next one to be handled. */
  readonly index: number
  readonly scannedTo: number
  readonly more: boolean
}

export type PageEvent = RecordedEvent | UnreadableEvent

/** Stands where an event stood that can't be decoded. */
export interface UnreadableEvent {
  readonly unreadable: StoredEvent
  readonly error: unknown
  readonly position: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** Progress since the last save. */
interface Unsaved {
  /** Everything up to here is handled. */
  readonly position: number
  readonly events: number
  /** To be parked together with the save. */
  readonly parked: readonly NewDeadLetter[]
}

/** An event that failed, or a batch of which nobody knows which one failed. Its events are handled one by one. */
export interface Trouble {
  /** Position of the first. */
  readonly from: number
  /** Position of the last. */
  readonly until: number
  /** Failed attempts of the event at `from`. */
  readonly attempts: number
  /** It was the last attempt. */
  readonly final: { readonly error: unknown; readonly at: number } | undefined
}

export interface Backoff {
  /** What waits for its end; saving doesn't wait for a failed handler. */
  readonly of: "handling" | "everything"
}

type WorkKind = "load" | "handle" | "save" | "replay" | "look"

/** What the machine needs to know of its subscription. */
export interface MachineSettings {
  readonly name: string
  readonly transactional: boolean
  readonly batchSize: number
  /** So many handled events make a save due. */
  readonly saveEvery: number
  readonly attempts: number
  readonly isPassing: (error: unknown) => boolean
  readonly isPermanent: (error: unknown) => boolean
  readonly onFailure: "stop" | "park"
}

export const initialState: MachineState = {
  phase: "running",
  paused: false,
  held: [],
  offered: undefined,
  surplus: [],
  cohorts: [],
  epoch: 0,
  work: undefined,
  waiting: [],
  reading: false,
  page: undefined,
  nextPage: undefined,
  woken: false,
  atEnd: false,
  readAgain: false,
  live: false,
  unsaved: { position: 0, events: 0, parked: [] },
  unsure: [],
  saveDue: false,
  saveScheduled: false,
  trouble: undefined,
  backoff: undefined,
  stumbles: 0,
  conflicts: 0,
  parked: new Set(),
  replays: [],
  replayTurn: true,
  lookDue: false,
  failure: undefined,
}
