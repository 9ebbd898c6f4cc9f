import { randomUUID } from "node:crypto"
import { type RecordedEvent, slotOf } from "@annals/core"
import { createHistory } from "@annals/testing"

/** Events by number, of as many streams: number 0 is the first event of the first stream. */
export function eventsOf(streams: number, count: number): readonly RecordedEvent[] {
  const history = createHistory()
  for (let number = 0; number < count; number++) {
    history.add({ category: "counter", id: `${number % streams}` }, { type: "counted", data: { number } })
  }
  return history.events.map((event) => ({ ...event, id: randomUUID() }))
}

export function numberOf(event: RecordedEvent): number {
  return (event.data as { readonly number: number }).number
}

/** One event for each partition, of streams that begin with the given name. */
export function eventPerPartition(partitions: number, name: string): readonly RecordedEvent[] {
  const [model] = eventsOf(1, 1) as [RecordedEvent]
  return Array.from({ length: partitions }, (_, partition) => {
    const id = streamIn(partition, partitions, name)
    return { ...model, id: randomUUID(), stream: { category: "counter", id }, data: { number: partition } }
  })
}

function streamIn(partition: number, partitions: number, name: string): string {
  for (let index = 0; ; index++) {
    const id = `${name}-${index}`
    if (slotOf({ tenant: "", category: "counter", id }) % partitions === partition) return id
  }
}
