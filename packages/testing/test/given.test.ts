import assert from "node:assert/strict"
import {
  aggregateOf,
  defineAggregate,
  defineCategory,
  defineDecider,
  defineEvent,
  defineProjection,
  handles,
  raise,
  refuse,
  type,
} from "@annals/core"
import { describe, it } from "vitest"
import { given, recorded } from "../src/index.ts"

const opened = defineEvent("opened", type<{ owner: string }>())
const deposited = defineEvent("deposited", type<{ cents: number }>())
const withdrawn = defineEvent("withdrawn", type<{ cents: number }>())
const history = [opened({ owner: "Alice" }), deposited({ cents: 500 })]

const decider = defineDecider("account", {
  events: [opened, deposited, withdrawn],
  initial: () => ({ cents: 0 }),
  evolve: {
    opened: (state) => state,
    deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }),
    withdrawn: ({ cents }, { data }) => ({ cents: cents - data.cents }),
  },
  decide: {
    touch: () => undefined,
    withdraw: (state, { cents }: { cents: number }, { now }) =>
      state.cents < cents
        ? refuse("insufficient-funds", { available: state.cents })
        : withdrawn({ cents }, { metadata: { actor: `at ${now}` }, tags: ["out"] }),
    deposit: (_state, { cents }: { cents: unknown }) => deposited({ cents: cents as number }),
  },
})

const declared = defineAggregate("account", {
  events: [opened, deposited, withdrawn],
  initial: () => ({ cents: 0 }),
  on: {
    opened: () => {},
    deposited: (state, { data }) => {
      state.cents += data.cents
    },
    withdrawn: (state, { data }) => {
      state.cents -= data.cents
    },
  },
  commands: {
    touch: () => {},
    withdraw: (account, { cents }: { cents: number }) =>
      account.state.cents < cents
        ? refuse("insufficient-funds", { available: account.state.cents })
        : account.raise(withdrawn({ cents })),
  },
})

class Account extends aggregateOf(defineCategory("account", [opened, deposited, withdrawn])) {
  cents = 0

  static {
    handles(Account, "opened", () => {})
    handles(Account, "deposited", (account, { data }) => {
      account.cents += data.cents
    })
    handles(Account, "withdrawn", (account, { data }) => {
      account.cents -= data.cents
    })
  }

  touch() {}

  withdraw({ cents }: { cents: number }) {
    if (this.cents < cents) return refuse("insufficient-funds", { available: this.cents })
    return raise(this, withdrawn({ cents }))
  }
}

const totals = defineProjection("totals", {
  events: [deposited, withdrawn],
  initial: () => ({ cents: 0, streams: [] as string[] }),
  on: {
    deposited: (state, { data, stream, version }) => {
      state.cents += data.cents
      state.streams.push(`${stream.id}@${version}`)
    },
  },
})

describe("given an aggregate", () => {
  it("accepts what a decider decides, and the state after it", () => {
    given(decider, history)
      .when("withdraw", { cents: 200 })
      .thenEvents([withdrawn({ cents: 200 })])
      .thenState({ cents: 300 })
    given(decider, history).thenState({ cents: 500 }).when("touch").thenNothing().thenState({ cents: 500 })
    given(decider).when("withdraw", { cents: 1 }).thenRefused("insufficient-funds", { available: 0 })
    given(decider).when("withdraw", { cents: 1 }).thenRefused("insufficient-funds")
  })

  it("accepts what a declared aggregate raises", () => {
    given(declared, history)
      .when("withdraw", { cents: 200 })
      .thenEvents([withdrawn({ cents: 200 })])
      .thenState({ cents: 300 })
    given(declared, history).when("touch").thenNothing()
    given(declared, history)
      .when("withdraw", { cents: 501 })
      .thenRefused("insufficient-funds", { available: 500 })
  })

  it("accepts what an object of a class raises, and looks at its fields", () => {
    given(Account, history)
      .when("withdraw", { cents: 200 })
      .thenEvents([withdrawn({ cents: 200 })])
      .thenState(({ cents }) => assert.equal(cents, 300))
    given(Account, history).when("touch").thenNothing()
    given(Account).when("withdraw", { cents: 1 }).thenRefused("insufficient-funds", { available: 0 })
  })

  it("compares metadata, tags and time where the expected event has them", () => {
    const after = given(decider, history).when("withdraw", { cents: 1 }, { now: 7 })
    after.thenEvents([withdrawn({ cents: 1 })])
    after.thenEvents([withdrawn({ cents: 1 }, { metadata: { actor: "at 7" }, tags: ["out"] })])
    assert.throws(() => after.thenEvents([withdrawn({ cents: 1 }, { tags: ["in"] })]), /\+ +'out'/)
  })

  it("shows line by line what differs", () => {
    const after = given(decider, history).when("withdraw", { cents: 200 })
    assert.throws(
      () => after.thenEvents([withdrawn({ cents: 300 })]),
      (error: Error) => {
        assert.match(
          error.message,
          /^account, given opened, deposited, when "withdraw" \{ cents: 200 \}: the events differ/,
        )
        assert.match(error.message, /^- +cents: 300$/m)
        assert.match(error.message, /^\+ +cents: 200$/m)
        assert.match(error.message, /^ {2} +type: 'withdrawn'$/m)
        return true
      },
    )
    assert.throws(
      () => after.thenState({ cents: 301 }),
      /the states differ[\s\S]*- +cents: 301[\s\S]*\+ +cents: 300/,
    )
  })

  it("says that an event was refused, or a refusal became events", () => {
    const [poor, rich] = [given(decider), given(decider, history)]
    assert.throws(
      () => poor.when("withdraw", { cents: 1 }).thenEvents([]),
      /refused with "insufficient-funds" \{ available: 0 \}/,
    )
    assert.throws(
      () => rich.when("withdraw", { cents: 1 }).thenRefused("closed"),
      /led to withdrawn, where the refusal "closed"/,
    )
    assert.throws(() => rich.when("touch").thenRefused("closed"), /led to no event/)
    assert.throws(
      () => poor.when("withdraw", { cents: 1 }).thenRefused("closed"),
      /the refusals differ[\s\S]*- +reason: 'closed'/,
    )
  })

  it("tells failures from refusals", () => {
    given(decider).when("deposit", { cents: undefined }).thenFails("INVALID_VALUE")
    assert.throws(
      () => given(decider).when("deposit", { cents: 1 }).thenFails("INVALID_VALUE"),
      /didn't fail/,
    )
    assert.throws(
      () => given(decider).when("deposit", { cents: undefined }).thenEvents([]),
      /failed with AnnalsError: data\.cents/,
    )
    assert.throws(
      () => given(decider).when("deposit", { cents: undefined }).thenFails("CLOSED"),
      /where CLOSED was expected/,
    )
  })

  it("doesn't compile with a command, payload or event that isn't the aggregate's", () => {
    const misuse = () => {
      // @ts-expect-error no such command
      given(decider).when("withdrew", { cents: 1 })
      // @ts-expect-error no such payload
      given(decider).when("withdraw", { cents: "1" })
      // @ts-expect-error no such event
      given(decider, [{ type: "closed", data: {} }])
      // @ts-expect-error no such state
      given(decider).thenState({ dollars: 1 })
    }
    assert.equal(typeof misuse, "function")
  })
})

describe("given a projection", () => {
  it("accepts the state after new events, taken for those of one stream", () => {
    given(totals, [deposited({ cents: 5 }), withdrawn({ cents: 3 }), deposited({ cents: 1 })]).thenState({
      cents: 6,
      streams: ["1@1", "1@3"],
    })
  })

  it("accepts the state after recorded events", () => {
    const event = recorded(deposited({ cents: 5 }), {
      stream: { category: "account", id: "alice" },
      version: 9,
    })
    given(totals, [event]).thenState(({ streams }) => assert.deepEqual(streams, ["alice@9"]))
  })

  it("shows line by line what differs", () => {
    const scenario = given(totals, [deposited({ cents: 5 })])
    assert.throws(
      () => scenario.thenState({ cents: 6, streams: ["1@1"] }),
      /totals, given deposited: the states differ[\s\S]*- +cents: 6[\s\S]*\+ +cents: 5/,
    )
  })
})
