import type { NewStoredEvent, StoredPayload, StreamKey } from "@annals/core"
import type { EventKind } from "../name-maps.ts"
import type { Names } from "../names.ts"

export interface MetKind {
  readonly kind: EventKind
  /** The last segment in which it is known to be noted. */
  segment: number
}

/** Finds the kinds of events of one append: nearly always one that was just met. */
export class KindsOfCategory {
  readonly #names: Names
  readonly #stream: StreamKey
  readonly #categoryRef: number
  readonly #met: MetKind[] = []

  constructor(names: Names, stream: StreamKey, categoryRef: number) {
    this.#names = names
    this.#stream = stream
    this.#categoryRef = categoryRef
  }

  of({ type, schemaVersion, payload }: NewStoredEvent): MetKind {
    const textAsBytes = holdsNul(payload)
    for (const met of this.#met) {
      const { kind } = met
      if (
        kind.type === type &&
        kind.schemaVersion === schemaVersion &&
        kind.encoding === payload.encoding &&
        kind.textAsBytes === textAsBytes
      )
        return met
    }
    const { tenant, category } = this.#stream
    const kind = { tenant, category, type, schemaVersion, encoding: payload.encoding, textAsBytes }
    const met = { kind: this.#names.addKind(this.#categoryRef, kind), segment: -1 }
    this.#met.push(met)
    return met
  }
}

/** Node 22 cuts text that it reads at the first NUL. JSON text has none; that of another serialiser may. */
function holdsNul({ encoding, body }: StoredPayload): boolean {
  return encoding !== "json" && typeof body === "string" && body.includes("\0")
}
