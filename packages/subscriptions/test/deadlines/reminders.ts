import { defineEvent, type EventStore, type } from "@annals/core"
import { cancel, defineProcessManager, schedule } from "../../src/index.ts"

const asked = defineEvent("asked", type<{ at: number; id: string; text: string }>())
const calledOff = defineEvent("calledOff", type<{ id: string }>())
const reminded = defineEvent("reminded", type<{ text: string }>())
const due = defineEvent("due", type<{ text: string }>())

/** Says a text at a time. */
export const reminders = defineProcessManager("reminders", {
  listensTo: [asked, calledOff],
  correlate: ({ stream }) => stream.id,
  events: [reminded],
  deadlines: [due],
  initial: () => null,
  evolve: { reminded: () => null },
  on: {
    asked: (_state, { data: { at, id, text } }) => schedule(at, due({ text }), { id }),
    calledOff: (_state, { data: { id } }) => cancel(due, { id }),
    due: (_state, { data }) => reminded(data),
  },
})

/** Asks person `of` to be told a text. */
export const ask = (store: EventStore, of: string, at: number, text: string, id = text) =>
  store.append({ category: "person", id: of }, [asked({ at, id, text })])

export const callOff = (store: EventStore, of: string, id: string) =>
  store.append({ category: "person", id: of }, [calledOff({ id })])

/** What was said, in order. */
export async function said(store: EventStore): Promise<string[]> {
  const events = await store.readAll({ types: [reminded.type] }).toArray()
  return events.map(({ data }) => (data as { text: string }).text)
}

/** Whose time was over, in order. */
export async function over(store: EventStore): Promise<string[]> {
  const events = await store.readAll({ types: [due.type] }).toArray()
  return events.map(({ data }) => (data as { text: string }).text)
}
