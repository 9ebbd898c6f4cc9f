// The account as a decider: values go in, values come out, and nothing is ever changed.
import { defineDecider, refuse } from "@annals/core"
import type { CreditInterest, OpenAccount, Payment } from "./account-commands.ts"
import { accountEvents, closed, deposited, interestCredited, opened, withdrawn } from "./account-events.ts"
import { add, type Money, nothing, share, subtract } from "./money.ts"

interface State {
  readonly status: "none" | "open" | "closed"
  readonly balance: Money
  readonly overdraft: Money
}

const none: State = { status: "none", balance: nothing, overdraft: nothing }

export const accountDecider = defineDecider("account", {
  events: accountEvents,
  initial: () => none,

  evolve: {
    opened: (_none, { data }) => ({ status: "open", balance: nothing, overdraft: data.overdraft }),
    deposited: (account, { data }) => ({ ...account, balance: add(account.balance, data.amount) }),
    withdrawn: (account, { data }) => ({ ...account, balance: subtract(account.balance, data.amount) }),
    "interest-credited": (account, { data }) => ({ ...account, balance: add(account.balance, data.amount) }),
    closed: (account) => ({ ...account, status: "closed" }),
  },

  decide: {
    open: (account, { owner, overdraft }: OpenAccount) =>
      account.status === "none" ? opened({ owner, overdraft }) : refuse("already-opened"),

    deposit: (account, { amount }: Payment) =>
      account.status === "open" ? deposited({ amount }) : refuse("not-open"),

    withdraw: (account, { amount }: Payment) => {
      if (account.status !== "open") return refuse("not-open")
      const available = add(account.balance, account.overdraft)
      return amount > available ? refuse("insufficient-funds", { available }) : withdrawn({ amount })
    },

    creditInterest: (account, { basisPoints }: CreditInterest) => {
      if (account.status !== "open") return refuse("not-open")
      const interest = share(account.balance, basisPoints)
      return interest > 0 ? interestCredited({ amount: interest, basisPoints }) : undefined
    },

    close: (account) => {
      if (account.status !== "open") return refuse("not-open")
      return account.balance === 0 ? closed({}) : refuse("not-empty", { balance: account.balance })
    },
  },
})
