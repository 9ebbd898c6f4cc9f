// The account as a class: private fields, methods that raise events, and `handles` to say what events do.
import { aggregateOf, handles, raise, refuse } from "@annals/core"
import type { CreditInterest, OpenAccount, Payment } from "./account-commands.ts"
import { accounts, closed, deposited, interestCredited, opened, withdrawn } from "./account-events.ts"
import { add, type Money, nothing, share, subtract } from "./money.ts"

export class Account extends aggregateOf(accounts) {
  #status: "none" | "open" | "closed" = "none"
  #balance = nothing
  #overdraft = nothing

  static {
    handles(Account, "opened", (account, { data }) => {
      account.#status = "open"
      account.#overdraft = data.overdraft
    })
    handles(Account, "deposited", (account, { data }) => {
      account.#balance = add(account.#balance, data.amount)
    })
    handles(Account, "withdrawn", (account, { data }) => {
      account.#balance = subtract(account.#balance, data.amount)
    })
    handles(Account, "interest-credited", (account, { data }) => {
      account.#balance = add(account.#balance, data.amount)
    })
    handles(Account, "closed", (account) => {
      account.#status = "closed"
    })
  }

  get status() {
    return this.#status
  }

  get balance(): Money {
    return this.#balance
  }

  open({ owner, overdraft }: OpenAccount) {
    if (this.#status !== "none") return refuse("already-opened")
    return raise(this, opened({ owner, overdraft }))
  }

  deposit({ amount }: Payment) {
    if (this.#status !== "open") return refuse("not-open")
    return raise(this, deposited({ amount }))
  }

  withdraw({ amount }: Payment) {
    if (this.#status !== "open") return refuse("not-open")
    const available = add(this.#balance, this.#overdraft)
    if (amount > available) return refuse("insufficient-funds", { available })
    return raise(this, withdrawn({ amount }))
  }

  creditInterest({ basisPoints }: CreditInterest) {
    if (this.#status !== "open") return refuse("not-open")
    const interest = share(this.#balance, basisPoints)
    return interest > 0 ? raise(this, interestCredited({ amount: interest, basisPoints })) : undefined
  }

  close() {
    if (this.#status !== "open") return refuse("not-open")
    if (this.#balance !== 0) return refuse("not-empty", { balance: this.#balance })
    return raise(this, closed({}))
  }
}
