import { defineEvent, defineProjection, type EventLog, foldProjection, streamId, type } from "@annals/core"

export const added = defineEvent("added", type<{ readonly number: number }>())
const ignored = defineEvent("ignored", type<{ readonly number: number }>())

export interface Totals {
  sum: number
  count: number
  readonly last: number[]
}

/** Changes its state in place. What it comes to depends on the order, and on each event counting once. */
export const totals = defineProjection("totals", {
  events: [added],
  initial: (): Totals => ({ sum: 0, count: 0, last: [] }),
  on: {
    added: (state, { data: { number } }) => {
      state.sum = (state.sum * 3 + number) % 1_000_003
      state.count++
      state.last.push(number)
      if (state.last.length > 3) state.last.shift()
    },
  },
})

/** Some events of two categories, with tags; every third one is of a type that the projection doesn't know. */
export async function addNumbers(log: EventLog, count: number, first = 1): Promise<void> {
  for (let number = first; number < first + count; number++) {
    const make = number % 3 === 0 ? ignored : added
    const stream = streamId(number % 2 === 0 ? "even" : "odd", `${number % 5}`)
    await log.append(stream, [make({ number }, { tags: number % 4 === 0 ? ["fourth"] : [] })])
  }
}

/** What it comes to without any snapshot. */
export function folded(
  log: EventLog,
  scope: {
    readonly categories?: readonly string[]
    readonly tags?: readonly string[]
    readonly tenant?: string
  } = {},
  until?: number,
): Promise<Totals> {
  const { types, events } = totals
  return foldProjection(
    totals,
    log.readAll({ types, events, ...scope, ...(until !== undefined && { until }) }),
  )
}
