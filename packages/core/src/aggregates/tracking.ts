import { AnnalsError } from "../errors/annals-error.ts"
import type { NewEvent } from "../events/event.ts"
import type { Clock } from "../ports/clock.ts"
import type { TypedStream } from "../streams/stream.ts"
import type { OnUnhandled } from "./unhandled-event.ts"

/** What is kept about an aggregate. */
export interface Tracking {
  /** The repository that made or loaded it, as that knows itself. */
  owner: unknown
  /** Its history; `undefined` until a repository made or loaded it. */
  stream: TypedStream | undefined
  /** The state without the events that aren't saved. */
  recorded: unknown
  /** Of the newest recorded event in it. */
  version: number
  /** What saving it expects of the stream. */
  expected: number
  /** Raised, and not saved. */
  events: NewEvent[]
  /** Made by `create`: that there is a stream already is then no conflict, but a mistake. */
  created: boolean
  /** How many events were replayed to load it. */
  replayed: number
  onUnhandled: OnUnhandled
  clock: Clock | undefined
}

let trackingIn: (root: object) => Tracking | undefined

/**
 * The root of an aggregate. What is kept about it stands in a private field, so that the class of an aggregate may call its own
 * fields, methods and statics what it likes.
 */
export abstract class Tracked {
  readonly #tracking: Tracking = {
    owner: undefined,
    stream: undefined,
    recorded: undefined,
    version: 0,
    expected: 0,
    events: [],
    created: false,
    replayed: 0,
    onUnhandled: () => {},
    clock: undefined,
  }

  static {
    trackingIn = (root) => (#tracking in root ? root.#tracking : undefined)
  }
}

/** What is kept about an aggregate. Throws `INVALID_OPTION` for anything else. */
export function trackingOf(root: object): Tracking {
  const tracking = typeof root === "object" && root !== null ? trackingIn(root) : undefined
  if (tracking !== undefined) return tracking
  const message = "an aggregate is wanted: what create, load or loadOrCreate of a repository returned"
  throw new AnnalsError("INVALID_OPTION", message, { path: "aggregate" })
}
