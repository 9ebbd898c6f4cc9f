import {
  aggregateOf,
  createMemoryStore,
  createRepository,
  defineAggregate,
  defineCategory,
  defineDecider,
  defineEvent,
  type Operation,
  type,
} from "@annals/core"
import { describe, expect, it } from "vitest"

const opened = defineEvent("opened", type<object>())
const on = { opened: (state: object) => state }
const given = { events: [opened], initial: () => ({}) }

class Account extends aggregateOf(defineCategory("account", [opened])) {
  open(): void {}
  readonly close = (): void => {}
}

const styles = {
  decider: defineDecider("account", {
    ...given,
    evolve: on,
    decide: { open: () => undefined, close: () => undefined },
  }),
  declared: defineAggregate("account", { ...given, on, commands: { open: () => {}, close: () => {} } }),
  class: Account,
}

describe.each(Object.entries(styles))(
  "an observer of the commands of an aggregate: %s",
  (_style, account) => {
    it("is told those that there are, and of a name that came from outside nothing", async () => {
      const commands: (string | undefined)[] = []
      const around = <Result>({ name, command }: Operation, run: () => Promise<Result>) => {
        if (name === "execute") commands.push(command)
        return run()
      }
      await using store = createMemoryStore({ observer: { around, record() {} } })
      const accounts = createRepository(store, account as typeof Account)
      for (const command of ["open", "close", "constructor", "toString", "made up"]) {
        await accounts.execute("alice", command as "open").catch(() => {})
      }
      expect(commands).toEqual(["open", "close", undefined, undefined, undefined])
    })
  },
)
