import { createMemoryStore, createRepository, type EventStore, isRefused } from "@annals/core"
import { describe, expect, it } from "vitest"
import { Account } from "../src/account-as-class.ts"
import { accountDecider } from "../src/account-as-decider.ts"
import type { CreditInterest, OpenAccount, Payment } from "../src/account-commands.ts"
import { declaredAccount } from "../src/account-declared.ts"
import { accounts } from "../src/account-events.ts"
import { type Money, parseMoney } from "../src/money.ts"

/** What a customer of the bank can do, whatever the style behind the counter. */
interface Counter {
  open(order: OpenAccount): Promise<unknown>
  deposit(order: Payment): Promise<unknown>
  withdraw(order: Payment): Promise<unknown>
  creditInterest(order: CreditInterest): Promise<unknown>
  close(): Promise<unknown>
  balance(): Promise<Money>
}

const id = "alice"

const styles: Readonly<Record<string, (store: EventStore) => Counter>> = {
  "a decider": (store) => {
    const repository = createRepository(store, accountDecider)
    return {
      open: (order) => repository.execute(id, "open", order),
      deposit: (order) => repository.execute(id, "deposit", order),
      withdraw: (order) => repository.execute(id, "withdraw", order),
      creditInterest: (order) => repository.execute(id, "creditInterest", order),
      close: () => repository.execute(id, "close"),
      balance: async () => (await repository.load(id)).state.balance,
    }
  },
  "a declaration": (store) => {
    const repository = createRepository(store, declaredAccount)
    return {
      open: (order) => repository.execute(id, "open", order),
      deposit: (order) => repository.execute(id, "deposit", order),
      withdraw: (order) => repository.execute(id, "withdraw", order),
      creditInterest: (order) => repository.execute(id, "creditInterest", order),
      close: () => repository.execute(id, "close"),
      balance: async () => (await repository.load(id)).state.balance,
    }
  },
  "a class": (store) => {
    const repository = createRepository(store, Account)
    return {
      open: (order) => repository.execute(id, "open", order),
      deposit: (order) => repository.execute(id, "deposit", order),
      withdraw: (order) => repository.execute(id, "withdraw", order),
      creditInterest: (order) => repository.execute(id, "creditInterest", order),
      close: () => repository.execute(id, "close"),
      balance: async () => (await repository.load(id)).balance,
    }
  },
}

const euros = (text: string) => ({ amount: parseMoney(text) })
const alice: OpenAccount = { owner: "Alice", overdraft: parseMoney("50") }

const reasonOf = (command: Promise<unknown>) =>
  command.then(
    () => "accepted",
    (error) => (isRefused(error) ? error.reason : Promise.reject(error)),
  )

describe.each(Object.keys(styles))("an account as %s", (style) => {
  const open = async () => {
    const store = createMemoryStore()
    const counter = (styles[style] as (store: EventStore) => Counter)(store)
    await counter.open(alice)
    return { store, counter }
  }

  it("adds ten cents and twenty cents to thirty", async () => {
    const { counter } = await open()
    await counter.deposit(euros("0.10"))
    await counter.deposit(euros("0.20"))
    expect(await counter.balance()).toBe(parseMoney("0.30"))
  })

  it("goes down to its overdraft, and no cent further", async () => {
    const { counter } = await open()
    await counter.deposit(euros("10"))
    expect(await reasonOf(counter.withdraw(euros("60.01")))).toBe("insufficient-funds")
    await counter.withdraw(euros("60"))
    expect(await counter.balance()).toBe(parseMoney("-50"))
  })

  it("isn't overdrawn by many withdrawals at once", async () => {
    const { counter } = await open()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => reasonOf(counter.withdraw(euros("10")))),
    )
    expect(answers.filter((answer) => answer === "accepted")).toHaveLength(5)
    expect(await counter.balance()).toBe(parseMoney("-50"))
  })

  it("is opened once", async () => {
    const { counter } = await open()
    expect(await reasonOf(counter.open(alice))).toBe("already-opened")
  })

  it("gets interest, rounded to the cent", async () => {
    const { counter } = await open()
    await counter.deposit(euros("99.99"))
    await counter.creditInterest({ basisPoints: 150 })
    expect(await counter.balance()).toBe(parseMoney("101.49"))
  })

  it("records nothing for interest below half a cent", async () => {
    const { store, counter } = await open()
    await counter.deposit(euros("0.01"))
    await counter.creditInterest({ basisPoints: 150 })
    expect(await store.streamVersion(accounts.stream(id))).toBe(2)
  })

  it("is closed when it is empty, and takes nothing after that", async () => {
    const { counter } = await open()
    await counter.deposit(euros("1"))
    expect(await reasonOf(counter.close())).toBe("not-empty")
    await counter.withdraw(euros("1"))
    await counter.close()
    expect(await reasonOf(counter.deposit(euros("1")))).toBe("not-open")
  })
})

it("the styles understand each other's streams", async () => {
  await using store = createMemoryStore()
  const counters = Object.values(styles).map((counterOf) => counterOf(store))
  await counters[0]?.open(alice)
  for (const counter of counters) await counter.deposit(euros("1"))
  const balances = await Promise.all(counters.map((counter) => counter.balance()))
  expect(balances).toEqual([parseMoney("3"), parseMoney("3"), parseMoney("3")])
})
