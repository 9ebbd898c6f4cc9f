import { covers } from "./cover-filters.ts"
import type { ReadFilter } from "./log-reader.ts"

/** Readers of the same filter are told apart by where they are; those that haven't read for long are forgotten first. */
const maxPlaces = 256

/** Where a reader is, and by which filter it goes on from there. */
export interface ReaderPlace {
  readonly filter: ReadFilter
  position: number
  isReading: boolean
}

/** Where the readers of one store are. A guess: it decides what is read together, never what is read. */
export class ReaderPlaces {
  readonly #places = new Set<ReaderPlace>()

  /** The reader that goes on from here, or a new one. */
  arrive(filter: ReadFilter, position: number): ReaderPlace {
    const place = this.#standing(filter, position) ?? { filter, position, isReading: true }
    place.isReading = true
    this.#places.delete(place)
    this.#places.add(place)
    const [oldest] = this.#places
    if (this.#places.size > maxPlaces && oldest !== undefined) this.#places.delete(oldest)
    return place
  }

  /** Those that are here, or come here soon: at most so far behind. */
  *near(position: number, behind: number): Generator<ReaderPlace> {
    for (const place of this.#places) {
      if (place.position <= position && place.position >= position - behind) yield place
    }
  }

  #standing(filter: ReadFilter, position: number): ReaderPlace | undefined {
    for (const place of this.#places) {
      if (place.isReading || place.position !== position) continue
      if (place.filter === filter || (covers(place.filter, filter) && covers(filter, place.filter)))
        return place
    }
    return undefined
  }
}
