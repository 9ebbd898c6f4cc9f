import { AnnalsError, jsonSerializer, type Payload, type Snapshot, type StoredPayload } from "@annals/core"
import type { SnapshotUpcaster } from "../snapshot-options.ts"
import type { MissReason } from "../snapshots.ts"
import type { StateForm } from "../state-form.ts"
import { copyExactly } from "./copy-exactly.ts"

/** How states are kept and restored. */
export interface StateCodecSettings {
  readonly schemaVersion: number
  readonly upcasters: { readonly [fromVersion: number]: SnapshotUpcaster }
  readonly form: StateForm<unknown, unknown> | undefined
  /** Events change the state's objects, instead of making new ones. */
  readonly changing: boolean
  /** Throws where what was restored can't be a state. */
  readonly checkRestored?: (state: unknown) => void
}

/** Why a snapshot can't be used. */
export class Unusable extends Error {
  readonly reason: MissReason

  constructor(reason: MissReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** A copy of the state, as it is kept: a JSON value, or bytes. Throws `INVALID_VALUE`. */
export function savedForm(settings: StateCodecSettings, state: unknown): Payload {
  const { form, changing } = settings
  const saved = form === undefined ? state : saveBy(form, state)
  if (saved instanceof Uint8Array && (form !== undefined || !isSubclassed(saved)))
    return new Uint8Array(saved)
  // What a form makes is taken apart again by it: an object that is in it twice is its own affair.
  return copyExactly(saved, "state", { changing: changing && form === undefined })
}

/** A state that is a `Buffer`, say, would come back without its methods. What a form makes of bytes is its own affair. */
function isSubclassed(bytes: Uint8Array): boolean {
  return Object.getPrototypeOf(bytes) !== Uint8Array.prototype
}

function saveBy(form: StateForm<unknown, unknown>, state: unknown): unknown {
  try {
    return form.save(state)
  } catch (cause) {
    throw new AnnalsError("INVALID_VALUE", "state: the form can't save it", { path: "state", cause })
  }
}

/** The state as it goes to the store. Throws `INVALID_VALUE`. */
export function serializeState(settings: StateCodecSettings, state: unknown): StoredPayload {
  return jsonSerializer.serialize(savedForm(settings, state))
}

/** A state that nobody else holds. Throws {@link Unusable}. */
export function restoreState(settings: StateCodecSettings, snapshot: Snapshot): unknown {
  const saved = upcast(settings, snapshot.schemaVersion, deserialize(snapshot.state))
  try {
    const state = settings.form === undefined ? saved : settings.form.restore(saved)
    if (isThenable(state)) throw new Error("restore must return a state, not a promise of it")
    settings.checkRestored?.(state)
    return state
  } catch (error) {
    throw new Unusable("restore-failed", "the form can't restore it", error)
  }
}

function deserialize(state: StoredPayload): Payload {
  try {
    const saved = jsonSerializer.deserialize(state)
    return saved instanceof Uint8Array ? new Uint8Array(saved) : saved
  } catch {
    // Without its cause: what JSON.parse throws shows part of the state.
    throw new Unusable("unreadable", `it can't be read as "${state.encoding}"`)
  }
}

function upcast({ schemaVersion, upcasters }: StateCodecSettings, from: number, saved: Payload): unknown {
  if (from === schemaVersion) return saved
  if (from > schemaVersion) {
    throw new Unusable("schema-version", `it is of schema version ${from}, of a newer program`)
  }
  let value: unknown = saved
  for (let version = from; version < schemaVersion; version++) {
    const step = Object.hasOwn(upcasters, version) ? upcasters[version] : undefined
    if (step === undefined)
      throw new Unusable("schema-version", `there is no upcaster from schema version ${version}`)
    value = runUpcaster(step, version, value)
  }
  return value
}

function runUpcaster(step: SnapshotUpcaster, version: number, saved: unknown): Payload {
  try {
    const upcasted = step(saved as never)
    if (upcasted instanceof Uint8Array) return new Uint8Array(upcasted)
    // A copy: what an upcaster fills in may be a constant of it, which the state's owner would change.
    return copyExactly(upcasted, "saved", { changing: false })
  } catch (error) {
    throw new Unusable("restore-failed", `the upcaster from schema version ${version} failed`, error)
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"
}
