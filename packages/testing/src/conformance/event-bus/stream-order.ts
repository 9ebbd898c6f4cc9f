import assert from "node:assert/strict"
import type { RecordedEvent } from "@annals/core"
import { eventsNamed, nameOf } from "./received.ts"

/** `a1 b1 c1 a2 b2 c2 …`: so many streams, with so many events each. */
export function eventsOfStreams(streams: number, each: number): readonly RecordedEvent[] {
  const names: string[] = []
  for (let version = 1; version <= each; version++) {
    for (let stream = 0; stream < streams; stream++) names.push(`${letters(stream)}${version}`)
  }
  return eventsNamed(...names)
}

/** `a` to `z`, then `aa` and so on. */
function letters(index: number): string {
  const last = String.fromCharCode("a".charCodeAt(0) + (index % 26))
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
}

/** Each stream's events came in order, all of them, and none twice. */
export function assertOnceInOrder(handled: readonly string[], events: readonly RecordedEvent[]): void {
  assertInOrder(handled, events)
  assert.equal(handled.length, events.length, `some came twice: ${handled.join(" ")}`)
}

/** Each stream's events came in order, all of them. One may come again, but none before those in front of it. */
export function assertInOrder(handled: readonly string[], events: readonly RecordedEvent[]): void {
  const last = new Map<string, number>()
  for (const name of handled) {
    const [, stream = "", version] = /^([a-z]+)(\d+)$/.exec(name) ?? []
    const before = last.get(stream) ?? 0
    assert.ok(Number(version) <= before + 1, `${name} came after ${stream}${before}: ${handled.join(" ")}`)
    last.set(stream, Math.max(before, Number(version)))
  }
  const missing = missingOf(handled, events)
  assert.deepEqual(missing, [], "every event came")
}

/** Which of the events aren't among those handled. */
export function missingOf(handled: readonly string[], events: readonly RecordedEvent[]): string[] {
  const came = new Set(handled)
  return events.map(nameOf).filter((name) => !came.has(name))
}
