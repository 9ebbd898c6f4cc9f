import {
  defineEvent,
  type EventStore,
  type RecordedEvent,
  streamId,
  type,
  type UnitOfWork,
} from "@annals/core"

/** The event of most tests: number `n` of its stream. */
export const counted = defineEvent("counted", type<{ n: number }>())

/** Appends these numbers to a stream of the category "counter". Returns the position of the last. */
export async function count(store: EventStore, id: string, ...numbers: number[]): Promise<number> {
  const { position } = await store.append(
    streamId("counter", id),
    numbers.map((n) => counted({ n })),
  )
  return position
}

/** From 1 to `last`. */
export const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

/** An event as a test names it: `a1` is number 1 of stream `a`. */
export function label({ stream, data }: RecordedEvent): string {
  return `${stream.id}${(data as { n: number }).n}`
}

export const labels = (events: readonly RecordedEvent[]): string[] => events.map(label)

/** Of labels, those of one stream. */
export const ofStream = (id: string, seen: readonly string[]): string[] =>
  seen.filter((one) => one.replace(/\d+$/, "") === id)

/** An effect within the transaction: how often each event took effect. */
export async function tally(unitOfWork: UnitOfWork<unknown>, event: RecordedEvent): Promise<void> {
  const row = await unitOfWork.readModels.get("tally", label(event))
  const times = ((row?.value as { times?: number } | undefined)?.times ?? 0) + 1
  await unitOfWork.readModels.save("tally", label(event), { times })
}

/** How often each event took effect, by label. */
export async function readTally(store: EventStore): Promise<Record<string, unknown>> {
  const { rows } = await store.readModels.find("tally", { limit: 1000 })
  return Object.fromEntries(rows.map(({ id, value }) => [id, (value as { times: number }).times]))
}

/** Each of these once. */
export const once = (...ids: string[]): Record<string, number> => Object.fromEntries(ids.map((id) => [id, 1]))
