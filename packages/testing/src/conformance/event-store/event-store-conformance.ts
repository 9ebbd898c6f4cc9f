import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { appendConditions } from "./append-conditions.ts"
import { appendExpectedVersion } from "./append-expected-version.ts"
import { appendIdempotency } from "./append-idempotency.ts"
import { appendManyStreams } from "./append-many-streams.ts"
import { causation } from "./causation.ts"
import { codecs } from "./codecs.ts"
import { concurrency } from "./concurrency.ts"
import { lifecycle } from "./lifecycle.ts"
import { names } from "./names.ts"
import { readAll } from "./read-all.ts"
import { readStream } from "./read-stream.ts"
import { tenants } from "./tenants.ts"
import { time } from "./time.ts"
import { unreadable } from "./unreadable.ts"
import { values } from "./values.ts"
import { wakeUps } from "./wake-ups.ts"

const parts = [
  appendExpectedVersion,
  appendIdempotency,
  appendConditions,
  appendManyStreams,
  readStream,
  readAll,
  values,
  names,
  time,
  tenants,
  causation,
  codecs,
  unreadable,
  concurrency,
  wakeUps,
  lifecycle,
]

/**
 * What `EventStore` promises in appending, reading, values, names, time, tenants, concurrency and lifecycle. Skips only what
 * `store.capabilities` rule out.
 *
 * @example
 * eventStoreConformance({ describe, it }, createSubject)
 */
export function eventStoreConformance<Tx>(runner: Runner, create: CreateSubject<Tx>): void {
  runner.describe("EventStore", () => {
    for (const part of parts) part(runner, create)
  })
}
