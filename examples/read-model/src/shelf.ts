// The read model: a document for each book, made for the questions that people ask at the desk.
import { type } from "@annals/core"
import { defineDocumentProjection, defineReadModel, deleted } from "@annals/subscriptions"
import { acquired, discarded, lent, returned } from "./book-events.ts"

interface ShelvedBook {
  title: string
  /** Who has it; `null`: it is here. */
  lentTo: string | null
  timesLent: number
}

export const shelf = defineReadModel("shelf", type<ShelvedBook>())

export const shelfProjection = defineDocumentProjection("shelf", {
  into: shelf,
  events: [acquired, lent, returned, discarded],
  initial: () => ({ title: "", lentTo: null, timesLent: 0 }),
  on: {
    acquired: (book, { data }) => {
      book.title = data.title
    },
    lent: (book, { data }) => {
      book.lentTo = data.to
      book.timesLent++
    },
    returned: (book) => {
      book.lentTo = null
    },
    discarded: () => deleted,
  },
})
