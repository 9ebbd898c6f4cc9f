import { randomUUID } from "node:crypto"
import type { Position, RecordedEvent } from "@annals/core"
import { accountName } from "../deposits/account-name.ts"
import { depositOf, metadataOf, tagsOf } from "../deposits/deposit.ts"

const category = "account"

/** Deposits as a relay reads them from a store: to so many accounts in turn. Each call goes on where the one before ended. */
export class RecordedDeposits {
  readonly #streams: number
  #count = 0

  constructor(streams: number) {
    this.#streams = streams
  }

  next(count: number): RecordedEvent[] {
    return Array.from({ length: count }, () => this.#nextOne())
  }

  #nextOne(): RecordedEvent {
    const number = this.#count++
    const id = accountName(number % this.#streams)
    const data = depositOf(number, id)
    const now = Date.now()
    return Object.freeze({
      id: randomUUID(),
      type: "deposited",
      schemaVersion: 1,
      data: Object.freeze(data),
      metadata: Object.freeze(metadataOf(data)),
      tags: Object.freeze([...tagsOf(data)]),
      occurredAt: now,
      recordedAt: now,
      tenant: "",
      stream: Object.freeze({ category, id }),
      version: Math.floor(number / this.#streams) + 1,
      position: (number + 1) as Position,
    })
  }
}
