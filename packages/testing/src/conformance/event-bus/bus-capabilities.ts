import assert from "node:assert/strict"
import type { BusOptions, EventBus } from "@annals/core"
import type { TestContext } from "../runner.ts"
import type { EventBusSubject } from "./event-bus-subject.ts"

type Context = TestContext | undefined

/** How to open the bus a second time; `undefined`, and the test skipped, for one that declares to belong to one process. */
export function otherHandles(
  subject: EventBusSubject,
  context: Context,
): ((options?: BusOptions) => Promise<EventBus>) | undefined {
  return ofSharedBus(subject, context, "secondHandle")
}

/** How to put a message of nobody's into the topic; `undefined`, and the test skipped, for a bus that nobody else reaches. */
export function foreignMessages(
  subject: EventBusSubject,
  context: Context,
): (() => Promise<void>) | undefined {
  return ofSharedBus(subject, context, "publishForeign")
}

/** How to cut the connections of the bus; `undefined`, and the test skipped, for one that has none. */
export function cutting(subject: EventBusSubject, context: Context): (() => Promise<void>) | undefined {
  return ofSharedBus(subject, context, "cutConnections")
}

type Able = "secondHandle" | "publishForeign" | "cutConnections"

function ofSharedBus<Name extends Able>(
  subject: EventBusSubject,
  context: Context,
  name: Name,
): Required<EventBusSubject>[Name] | undefined {
  if (!subject.bus.capabilities.multiProcess) {
    context?.skip?.("the bus declares that it belongs to one process")
    return undefined
  }
  assert.ok(subject[name], `a bus that declares to be shared is tested with \`${name}\``)
  return subject[name] as Required<EventBusSubject>[Name]
}
