import { other } from "./semantic-conventions.ts"

const maxLength = 200

/** Keeps attributes of metrics from taking ever new values: each has so many, first come, first served, and all others are one. */
export class BoundedValues {
  readonly #maxValues: number
  readonly #values = new Map<string, Set<string>>()

  constructor(maxValues: number) {
    this.#maxValues = maxValues
  }

  hold(attribute: string, value: string): string {
    let values = this.#values.get(attribute)
    if (values === undefined) {
      values = new Set()
      this.#values.set(attribute, values)
    }
    if (values.has(value)) return value
    if (values.size >= this.#maxValues || value.length > maxLength) return other
    values.add(value)
    return value
  }
}
