import type { EventMetadata, RecordedEvent } from "../events/event.ts"
import type { Operation } from "../ports/observer.ts"
import { loadMetadata } from "../store/event-metadata.ts"
import { observe } from "../store/store-front.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { BusDriver } from "./bus-driver.ts"
import type { BusSettings } from "./bus-settings.ts"
import type { SentAlong } from "./wire-message.ts"

/** Tells the observer what a consumer does; `undefined` where there is none, so that it costs nothing. */
export type ObserveBus = BusObserver | undefined

interface BusObserver {
  /** The first attempt is a `receive`, each later one a `retry`. */
  handling(
    event: RecordedEvent,
    sent: SentAlong | undefined,
    attempt: number,
    run: (metadata: Record<string, string>) => Promise<void>,
  ): Promise<void>
  parking<Result>(
    event: StoredEvent,
    sent: SentAlong | undefined,
    run: () => Promise<Result>,
  ): Promise<Result>
  /** Counts under `bus.<name>`, with bus, topic and group. */
  count(name: "handled" | "failed" | "retried" | "parked"): void
}

export function observeBus(
  settings: BusSettings,
  { name: system, topic }: Pick<BusDriver, "name" | "topic">,
  group: string,
): ObserveBus {
  const { observer } = settings
  if (observer === undefined) return undefined
  const around = <Result>(
    name: Operation["name"],
    event: RecordedEvent | StoredEvent,
    about: Pick<Operation, "causes" | "sent">,
    run: (metadata: Record<string, string>) => Promise<Result>,
  ) => {
    const { category, id } = event.stream
    const tenant = "tenant" in event ? event.tenant : event.stream.tenant
    const place = { destination: topic, subject: group, tenant, category, streamId: id }
    return observe(
      { settings, system },
      () => ({ name, ...place, eventTypes: [event.type], eventCount: 1, ...about }),
      (metadata = {}) => run(metadata),
    )
  }
  return {
    handling: (event, sent, attempt, run) =>
      around(attempt === 1 ? "receive" : "retry", event, aboutCause(event.metadata, sent), run),
    parking: (event, sent, run) => around("park", event, aboutCause(metadataOf(event), sent), run),
    count: (name) =>
      observer.record({ name: `bus.${name}`, value: 1, attributes: { bus: system, topic, group } }),
  }
}

function aboutCause(
  metadata: EventMetadata,
  sent: SentAlong | undefined,
): Pick<Operation, "causes" | "sent"> {
  return { causes: [metadata], ...(sent !== undefined && { sent }) }
}

/** An event may be parked just because its metadata can't be read. */
function metadataOf(event: StoredEvent): EventMetadata {
  try {
    return loadMetadata(event)
  } catch {
    return {}
  }
}
