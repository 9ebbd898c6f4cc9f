import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { Position, RecordedEvent } from "@annals/core"

/** Events with names: `a1` is the first event of stream `a`. */
export function eventsNamed(...names: readonly string[]): readonly RecordedEvent[] {
  return names.map((name) => ({
    id: randomUUID(),
    type: "noted",
    schemaVersion: 1,
    tags: [],
    metadata: { correlationId: "c", causationId: "c" },
    occurredAt: 1,
    recordedAt: 1,
    tenant: "",
    stream: { category: "notebook", id: name.slice(0, 1) },
    version: Number(name.slice(1)),
    position: Number(name.slice(1)) as Position,
    data: { name },
  }))
}

export function nameOf({ stream, version }: RecordedEvent): string {
  return `${stream.id}${version}`
}

/** Waits for a condition, for as long as the runner lets the test run. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5)
}
