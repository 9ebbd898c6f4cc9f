import { setTimeout as sleep } from "node:timers/promises"
import type { NewEvent, RecordedEvent, StreamId } from "@annals/core"
import { createHistory } from "../../fixtures/history.ts"

/** Events with names: `a1` is the first event of stream `a`. */
export function eventsNamed(...names: readonly string[]): readonly RecordedEvent[] {
  const history = createHistory()
  for (const name of names) history.add(streamOf(name), noted(name))
  return history.events
}

function noted(name: string): NewEvent {
  return {
    type: "noted",
    data: { name },
    tags: ["t"],
    metadata: { correlationId: `about ${name}`, own: [1] },
  }
}

function streamOf(name: string): StreamId {
  return { category: "notebook", id: name.slice(0, 1) }
}

export function nameOf(event: RecordedEvent): string {
  return `${event.stream.id}${event.version}`
}

/** A handler that writes down what it gets, and fails for what it is told to. */
export function recorder(failing: Set<string> = new Set()) {
  const attempts: string[] = []
  const handled: string[] = []
  const handler = (event: RecordedEvent): void => {
    const name = nameOf(event)
    attempts.push(name)
    if (failing.has(name)) throw new Error(`can't handle ${name}`)
    handled.push(name)
  }
  return { attempts, handled, failing, handler }
}

/** Waits for a condition, for as long as the runner lets the test run. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(2)
}

/** Retries that keep nobody waiting. */
export const quickly = { attempts: 3, delayMs: 1, maxDelayMs: 5 }
