import type { NewStoredEvent, StreamKey } from "@annals/core"
import type { EventKind } from "../name-maps.ts"
import type { Names } from "../names.ts"

/** Finds the kinds of events of one append: nearly always one that was just met. */
export class KindsOfCategory {
  readonly #names: Names
  readonly #stream: StreamKey
  readonly #categoryRef: number
  readonly #met: EventKind[] = []

  constructor(names: Names, stream: StreamKey, categoryRef: number) {
    this.#names = names
    this.#stream = stream
    this.#categoryRef = categoryRef
  }

  of({ type, schemaVersion, payload }: NewStoredEvent): EventKind {
    const textAsBytes = holdsNul(payload.body)
    for (const kind of this.#met) {
      if (
        kind.type === type &&
        kind.schemaVersion === schemaVersion &&
        kind.encoding === payload.encoding &&
        kind.textAsBytes === textAsBytes
      )
        return kind
    }
    const { tenant, category } = this.#stream
    const kind = { tenant, category, type, schemaVersion, encoding: payload.encoding, textAsBytes }
    const added = this.#names.addKind(this.#categoryRef, kind)
    this.#met.push(added)
    return added
  }
}

/** Node 22 cuts text that it reads at the first NUL. JSON text has none; that of another serialiser may. */
function holdsNul(body: string | Uint8Array): boolean {
  return typeof body === "string" && body.includes("\0")
}
