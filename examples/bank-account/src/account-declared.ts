// The account as a declared aggregate: an object of handlers, which may change the state that they are given.
import { defineAggregate, refuse } from "@annals/core"
import type { CreditInterest, OpenAccount, Payment } from "./account-commands.ts"
import { accountEvents, closed, deposited, interestCredited, opened, withdrawn } from "./account-events.ts"
import { add, type Money, nothing, share, subtract } from "./money.ts"

interface State {
  status: "none" | "open" | "closed"
  balance: Money
  overdraft: Money
}

export const declaredAccount = defineAggregate("account", {
  events: accountEvents,
  initial: (): State => ({ status: "none", balance: nothing, overdraft: nothing }),

  on: {
    opened(account, { data }) {
      account.status = "open"
      account.overdraft = data.overdraft
    },
    deposited(account, { data }) {
      account.balance = add(account.balance, data.amount)
    },
    withdrawn(account, { data }) {
      account.balance = subtract(account.balance, data.amount)
    },
    "interest-credited"(account, { data }) {
      account.balance = add(account.balance, data.amount)
    },
    closed(account) {
      account.status = "closed"
    },
  },

  commands: {
    open(account, { owner, overdraft }: OpenAccount) {
      if (account.state.status !== "none") return refuse("already-opened")
      return account.raise(opened({ owner, overdraft }))
    },

    deposit(account, { amount }: Payment) {
      if (account.state.status !== "open") return refuse("not-open")
      return account.raise(deposited({ amount }))
    },

    withdraw(account, { amount }: Payment) {
      const { status, balance, overdraft } = account.state
      if (status !== "open") return refuse("not-open")
      const available = add(balance, overdraft)
      if (amount > available) return refuse("insufficient-funds", { available })
      return account.raise(withdrawn({ amount }))
    },

    creditInterest(account, { basisPoints }: CreditInterest) {
      if (account.state.status !== "open") return refuse("not-open")
      const interest = share(account.state.balance, basisPoints)
      return interest > 0 ? account.raise(interestCredited({ amount: interest, basisPoints })) : undefined
    },

    close(account) {
      const { status, balance } = account.state
      if (status !== "open") return refuse("not-open")
      if (balance !== 0) return refuse("not-empty", { balance })
      return account.raise(closed({}))
    },
  },
})
