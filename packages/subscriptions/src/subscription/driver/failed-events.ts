import type { EventMetadata, NewDeadLetter } from "@annals/core"
import type { MachineInput } from "../machine/machine-input.ts"
import type { AnsweredAction } from "./perform-action.ts"

/** Where the events came from with which the handler has failed and which it hasn't passed yet: what a retry and a parking are about, for the observer. */
export class FailedEvents {
  readonly #metadata = new Map<number, EventMetadata>()

  noteInput(action: AnsweredAction, input: MachineInput): void {
    if (input.type === "loaded") this.#metadata.clear()
    if (input.type === "handled" || input.type === "saved") this.#forget(input.to)
    if (input.type !== "handler-failed" || action.type !== "handle") return
    const { first, last, culprit } = input
    for (const { position, metadata } of action.events) {
      if (culprit === undefined ? first <= position && position <= last : position === culprit)
        this.#metadata.set(position, metadata)
    }
  }

  /** Of all of them. */
  causes(): readonly EventMetadata[] {
    return [...this.#metadata.values()]
  }

  /** Of those that these entries are about. */
  causesOf(entries: readonly NewDeadLetter[]): readonly EventMetadata[] {
    return entries
      .map(({ position }) => this.#metadata.get(position))
      .filter((metadata) => metadata !== undefined)
  }

  #forget(upTo: number): void {
    for (const position of this.#metadata.keys()) if (position <= upTo) this.#metadata.delete(position)
  }
}
