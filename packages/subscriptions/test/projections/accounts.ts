import { defineCategory, defineEvent, type } from "@annals/core"
import { defineDocumentProjection, defineReadModel, deleted } from "../../src/index.ts"

export const opened = defineEvent("opened", type<{ owner: string }>())
export const deposited = defineEvent("deposited", type<{ cents: number }>(), {
  formerNames: ["paid-in"],
  tags: ({ cents }) => (cents >= 1000 ? ["large"] : []),
})
export const transferred = defineEvent("transferred", type<{ to: string; cents: number }>())
export const closed = defineEvent("closed", type<{ reason: string }>())

export const accounts = defineCategory("account", [opened, deposited, transferred, closed])

export interface Balance {
  owner: string
  cents: number
  /** What happened, so that order shows. */
  history: string[]
}

export const balancesModel = defineReadModel("balances", type<Balance>())

/** One document per stream. */
export const balances = defineDocumentProjection("balances", {
  into: balancesModel,
  events: [opened, deposited, closed],
  categories: ["account"],
  initial: () => ({ owner: "", cents: 0, history: [] }),
  on: {
    opened: (balance, { data }) => ({
      ...balance,
      owner: data.owner,
      history: [...balance.history, "opened"],
    }),
    deposited: (balance, { data }) => {
      balance.cents += data.cents
      balance.history.push(`+${data.cents}`)
    },
    closed: () => deleted,
  },
})

export const ledgersModel = defineReadModel("ledgers", type<{ cents: number; entries: string[] }>())

/** A transfer concerns two documents; they join the streams of two categories. */
export const ledgers = defineDocumentProjection("ledgers", {
  into: ledgersModel,
  events: [deposited, transferred, closed],
  key: (event) => {
    if (event.type === "transferred") return [event.stream.id, event.data.to]
    return event.data && "reason" in event.data && event.data.reason === "kept" ? undefined : event.stream.id
  },
  initial: () => ({ cents: 0, entries: [] }),
  on: {
    deposited: (ledger, { data, stream }) => {
      ledger.cents += data.cents
      ledger.entries.push(`${stream.category}:${data.cents}`)
    },
    transferred: (ledger, { data, stream }, key) => {
      if (key === stream.id) ledger.cents -= data.cents
      if (key === data.to) ledger.cents += data.cents
      ledger.entries.push(`${stream.id}>${data.to}`)
    },
    closed: () => deleted,
  },
})
