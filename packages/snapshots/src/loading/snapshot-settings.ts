import type { EventStore, Logger, Observer } from "@annals/core"
import { checkWhole, invalidOption } from "../check-whole.ts"
import { everyEvents } from "../policies/every-events.ts"
import type { CommonSnapshotOptions } from "../snapshot-options.ts"
import type { SnapshotPolicy } from "../snapshot-policy.ts"
import type { StateForm } from "../state-form.ts"
import { type SnapshotPlaces, snapshotPlaces } from "./snapshot-places.ts"
import type { StateCodecSettings } from "./state-codec.ts"

/** What snapshots of streams and of folds are made with, all defaults in. */
export interface SnapshotSettings {
  readonly policy: SnapshotPolicy
  readonly codec: StateCodecSettings
  readonly keepLast: number | "all"
  readonly verifyShare: number
  readonly random: () => number
  readonly places: SnapshotPlaces
  readonly observer: Observer | undefined
  readonly logger: Logger | undefined
}

/** What the options don't say about the states. */
export type StateKind = Pick<StateCodecSettings, "changing" | "checkRestored">

const defaultPolicy = everyEvents(100)

/** Throws `INVALID_OPTION`. */
export function resolveSettings(
  store: EventStore<unknown>,
  options: CommonSnapshotOptions<never, never>,
  kind: StateKind,
): SnapshotSettings {
  const {
    policy = defaultPolicy,
    keepLast = 1,
    verifyShare = 0,
    random = Math.random,
    timeoutMs = 5000,
  } = options
  if (typeof policy !== "function") throw invalidOption("policy", "must be a function")
  if (keepLast !== "all") checkWhole(keepLast, "keepLast")
  checkWhole(timeoutMs, "timeoutMs")
  checkPlace(options.snapshotStore)
  if (typeof verifyShare !== "number" || !(verifyShare >= 0 && verifyShare <= 1))
    throw invalidOption("verifyShare", `must be a number from 0 to 1, not ${String(verifyShare)}`)
  return {
    policy,
    codec: { ...resolveCodec(options), ...checkingRestored(options, kind) },
    keepLast,
    verifyShare,
    random,
    places: snapshotPlaces(store, options.snapshotStore, timeoutMs),
    observer: options.observer ?? store.observer,
    logger: store.logger,
  }
}

function checkPlace(place: unknown): void {
  if (place === undefined) return
  if (typeof place === "function") {
    // Of what a unit of work saves in there, nothing would be rolled back: states that never were.
    if (place.length > 0) return
    throw invalidOption("snapshotStore", "finds the same for every place: give that, instead of a function")
  }
  const methods = typeof place === "object" && place !== null ? (place as Record<string, unknown>) : {}
  if (["load", "save", "prune"].every((method) => typeof methods[method] === "function")) return
  throw invalidOption("snapshotStore", "must be a store of snapshots, or a function that finds one")
}

/** What a form restores, and its owner changes, would be changed for all who are given the same object. */
function checkingRestored({ form }: CommonSnapshotOptions<never, never>, kind: StateKind): StateKind {
  if (!kind.changing || form === undefined) return kind
  const restored = new WeakSet<object>()
  const checkRestored = (state: unknown) => {
    kind.checkRestored?.(state)
    if (typeof state !== "object" || state === null) return
    if (restored.has(state)) throw new Error("restore returned an object that it returned before")
    restored.add(state)
  }
  return { changing: true, checkRestored }
}

function resolveCodec({ schemaVersion = 1, upcasters = {}, form }: CommonSnapshotOptions<never, never>) {
  checkWhole(schemaVersion, "schemaVersion")
  for (const [version, upcaster] of Object.entries(upcasters)) checkUpcaster(version, upcaster, schemaVersion)
  if (form !== undefined && (typeof form.save !== "function" || typeof form.restore !== "function"))
    throw invalidOption("form", "must have the functions save and restore")
  // What goes in and comes out belongs together: the caller's types see to it.
  return { schemaVersion, upcasters, form: form as StateForm<unknown, unknown> | undefined }
}

function checkUpcaster(from: string, upcaster: unknown, schemaVersion: number): void {
  const version = Number(from)
  const path = `upcasters[${from}]`
  if (typeof upcaster !== "function") throw invalidOption(path, "must be a function")
  if (!Number.isSafeInteger(version) || version < 1 || version >= schemaVersion)
    throw invalidOption(path, `must be a step from a version below schemaVersion, which is ${schemaVersion}`)
}
