import { createMemoryStore, createRepository, isRefused } from "@annals/core"
import { eventFixture, given } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { Account } from "../src/account-as-class.ts"
import { accountDecider } from "../src/account-as-decider.ts"
import { declaredAccount } from "../src/account-declared.ts"
import { accounts, closed, deposited, interestCredited, opened, withdrawn } from "../src/account-events.ts"
import { type Money, parseMoney } from "../src/money.ts"

const euros = (text: string) => ({ amount: parseMoney(text) })
const openedByAlice = eventFixture(opened, { owner: "Alice", overdraft: parseMoney("50") })
type History = Parameters<typeof accountDecider.evolve>[1][]

const styles = {
  "a decider": (events: History = []) => given(accountDecider, events),
  "a declaration": (events: History = []) => given(declaredAccount, events),
  "a class": (events: History = []) => given(Account, events),
}

describe.each(Object.entries(styles))("an account as %s", (_style, account) => {
  it("is opened once", () => {
    const order = { owner: "Alice", overdraft: parseMoney("50") }
    account().when("open", order).thenEvents([openedByAlice()])
    account([openedByAlice()]).when("open", order).thenRefused("already-opened")
  })

  it("adds ten cents and twenty cents to thirty", () => {
    account([openedByAlice(), deposited(euros("0.10"))])
      .when("deposit", euros("0.20"))
      .thenState((state: { balance: Money }) => expect(state.balance).toBe(parseMoney("0.30")))
  })

  it("goes down to its overdraft, and no cent further", () => {
    const history = [openedByAlice(), deposited(euros("10"))]
    account(history)
      .when("withdraw", euros("60"))
      .thenEvents([withdrawn(euros("60"))])
    account(history)
      .when("withdraw", euros("60.01"))
      .thenRefused("insufficient-funds", { available: parseMoney("60") })
  })

  it("gets interest, rounded to the cent", () => {
    account([openedByAlice(), deposited(euros("99.99"))])
      .when("creditInterest", { basisPoints: 150 })
      .thenEvents([interestCredited({ ...euros("1.50"), basisPoints: 150 })])
  })

  it("gets no interest of less than half a cent, and none on an overdraft", () => {
    account([openedByAlice(), deposited(euros("0.01"))])
      .when("creditInterest", { basisPoints: 150 })
      .thenNothing()
    account([openedByAlice(), withdrawn(euros("50"))])
      .when("creditInterest", { basisPoints: 150 })
      .thenNothing()
  })

  it("is closed when it is empty, and takes nothing after that", () => {
    account([openedByAlice(), deposited(euros("1"))])
      .when("close")
      .thenRefused("not-empty", { balance: parseMoney("1") })
    account([openedByAlice()])
      .when("close")
      .thenEvents([closed({})])
    account([openedByAlice(), closed({})])
      .when("deposit", euros("1"))
      .thenRefused("not-open")
  })
})

it("isn't overdrawn by many withdrawals at once", async () => {
  await using store = createMemoryStore()
  await store.append(accounts.stream("alice"), [openedByAlice()])
  const counters = [
    createRepository(store, accountDecider),
    createRepository(store, declaredAccount),
    createRepository(store, Account),
  ]
  const withdrawals = [...counters, ...counters, ...counters].map((counter) =>
    counter.execute("alice", "withdraw", euros("10")),
  )
  const answers = await Promise.allSettled(withdrawals)
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(5)
  const refusals = answers.filter((answer) => answer.status === "rejected").map(({ reason }) => reason)
  expect(refusals.every((reason) => isRefused(reason, "insufficient-funds"))).toBe(true)
})

it("the styles understand each other's streams", async () => {
  await using store = createMemoryStore()
  const [first, second, third] = [
    createRepository(store, accountDecider),
    createRepository(store, declaredAccount),
    createRepository(store, Account),
  ] as const
  await first.execute("alice", "open", { owner: "Alice", overdraft: parseMoney("0") })
  await second.execute("alice", "deposit", euros("1"))
  await third.execute("alice", "deposit", euros("1"))
  const balances = [
    (await first.load("alice")).state.balance,
    (await second.load("alice")).state.balance,
    (await third.load("alice")).balance,
  ]
  expect(balances).toEqual([parseMoney("2"), parseMoney("2"), parseMoney("2")])
})
