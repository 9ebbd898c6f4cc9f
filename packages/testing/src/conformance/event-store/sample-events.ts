import assert from "node:assert/strict"
import type { EventReader, EventStore, NewEvent, RecordedEvent, StoredEvent, StreamId } from "@annals/core"

/** A stream of the category that most tests use. */
export function notebook(id: string): StreamId<"notebook"> {
  return { category: "notebook", id }
}

export function noted(text: string, options: Omit<NewEvent, "type" | "data"> = {}): NewEvent {
  return { type: "noted", data: { text }, ...options }
}

/** `count` events whose texts are numbered from `first`. */
export function notes(count: number, first = 1): NewEvent[] {
  return Array.from({ length: count }, (_, index) => noted(`${first + index}`))
}

/** What {@link noted} put in. */
export function textOf(event: RecordedEvent): string {
  return (event.data as { readonly text: string }).text
}

/** The raw bytes that an event has as its data. */
export function bytesOf(event: RecordedEvent | undefined): Uint8Array {
  assert.ok(event?.data instanceof Uint8Array, "its data are bytes")
  return event.data
}

export async function textsOf(store: Pick<EventStore, "readStream">, stream: StreamId): Promise<string[]> {
  return (await store.readStream(stream).toArray()).map(textOf)
}

/** Every event of the store, in its order. */
export function everything(store: Pick<EventStore, "readAll">): Promise<RecordedEvent[]> {
  return store.readAll().toArray()
}

/** Runs them at the same time, and splits how they ended; fails on an error whose code isn't `expectedCode`. */
export async function race<Result>(
  attempts: readonly (() => Promise<Result>)[],
  expectedCode: string,
): Promise<{ won: Result[]; refused: number }> {
  const outcomes = await Promise.allSettled(attempts.map((attempt) => attempt()))
  const won: Result[] = []
  let refused = 0
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") won.push(outcome.value)
    else {
      assert.equal((outcome.reason as { code?: string }).code, expectedCode, `${outcome.reason}`)
      refused++
    }
  }
  return { won, refused }
}

/** `count` times the same attempt, told apart by its number from 0. */
export function times<Result>(count: number, attempt: (index: number) => Result): (() => Result)[] {
  return Array.from({ length: count }, (_, index) => () => attempt(index))
}

export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Everything that a read finds, as it is stored. */
export async function undecoded(reader: EventReader<unknown>): Promise<StoredEvent[]> {
  return (await collected(reader.undecodedPages())).flatMap((page) => page.events)
}

/** `count` times the same at the same time, told apart by its number from 0. */
export function together<Result>(count: number, run: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(times(count, run).map((go) => go()))
}

/** A turn of the event loop: a test that loops over what needs no waiting would keep it from everybody else. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Work that goes on beside what the test does. */
export interface SideWork<Result> {
  /** Whether it still goes on. */
  going(): boolean
  /** Its result, or its failure, which nobody misses before it is asked for. */
  readonly done: Promise<Result>
}

export function beside<Result>(done: Promise<Result>): SideWork<Result> {
  let going = true
  const end = () => {
    going = false
  }
  done.then(end, end)
  return { going: () => going, done }
}
