import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { NewEvent, RecordedEvent, StreamId } from "@annals/core"
import { createHistory } from "../../fixtures/history.ts"

/** Events with names: `a1` is the first event of stream `a`. */
export function eventsNamed(...names: readonly string[]): readonly RecordedEvent[] {
  const history = createHistory()
  for (const name of names) history.add(streamOf(name), noted(name))
  return history.events
}

/** One event by its name, with an id of its own, and whatever else matters to a test. */
export function eventNamed(name: string, changes: Partial<RecordedEvent> = {}): RecordedEvent {
  const [event] = eventsNamed(name) as [RecordedEvent]
  return { ...event, id: randomUUID(), version: Number(/\d+$/.exec(name)?.[0] ?? 1), ...changes }
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
  return { category: "notebook", id: /^[a-z]+/.exec(name)?.[0] ?? name }
}

export function nameOf(event: RecordedEvent): string {
  return `${event.stream.id}${event.version}`
}

export function namesOf(items: readonly { readonly event: RecordedEvent }[]): string[] {
  return items.map(({ event }) => nameOf(event))
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
  const triesOf = (name: string) => attempts.filter((each) => each === name).length
  return { attempts, handled, failing, handler, triesOf }
}

/** The name of a group that no other test has. */
export function anyGroup(): string {
  return `group-${randomUUID()}`
}

const longestPauseMs = 20

/** Waits for a condition, for as long as the runner lets the test run. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let pauseMs = 1; !(await condition()); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    await sleep(pauseMs)
  }
}

/** Retries that keep nobody waiting. */
export const quickly = { attempts: 3, delayMs: 1, maxDelayMs: 1 }

/** Retries that come again and again. */
export const endlessly = { attempts: 100_000, delayMs: 1, maxDelayMs: 1 }

/** Retries that nobody lives to see. */
export const muchLater = { attempts: 5, delayMs: 3_600_000, maxDelayMs: 3_600_000 }
