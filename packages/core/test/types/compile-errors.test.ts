import { execFile } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const packageFolder = join(import.meta.dirname, "..", "..")
const compiler = join(packageFolder, "..", "..", "node_modules", "typescript", "bin", "tsc")

const preamble = `
import {
  aggregateOf, createMemoryStore, createRepository, defineAggregate, defineCategory, defineDecider, defineEvent, defineProjection,
  handles, raise, readDecisionModel, refuse, tagged,
} from "@annals/core"
import * as z from "zod"

const opened = defineEvent("opened", z.object({ owner: z.string() }))
const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))
const withdrawn = defineEvent("withdrawn", z.object({ cents: z.int().positive() }))
const shipped = defineEvent("shipped", z.object({ to: z.string() }))

const account = defineDecider("account", {
  events: [opened, deposited, withdrawn],
  initial: () => ({ cents: 0 }),
  evolve: {
    opened: (state) => state,
    deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
    withdrawn: (state, { data }) => ({ cents: state.cents - data.cents }),
  },
  decide: {
    open: (_state, { owner }: { owner: string }) => opened({ owner }),
    deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
    withdraw: (state, { cents }: { cents: number }) =>
      state.cents < cents ? refuse("insufficient-funds", { available: state.cents }) : withdrawn({ cents }),
    empty: (state) => withdrawn({ cents: state.cents }),
  },
})

const store = createMemoryStore()
const accounts = createRepository(store, account)
const category = defineCategory("account", [opened, deposited])
class Account extends aggregateOf(category) {
  deposit(cents: number) { raise(this, deposited({ cents })) }
}
export const used = [
  accounts, Account, category, defineAggregate, defineProjection, handles, readDecisionModel, shipped, tagged,
]
`

/** What a user might get wrong. The mark ▸ stands where the compiler must point; the message is what its one line must begin with. */
const mistakes: Record<string, readonly [code: string, message: string]> = {
  "data that isn't of the event's type": [
    `deposited({ ▸cents: "5" })`,
    "error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  "a command that isn't known": [
    `accounts.execute("alice", ▸"depsit")`,
    `error TS2345: Argument of type '"depsit"' is not assignable to parameter of type '"deposit" | "empty" | "open" | "withdraw"'.`,
  ],
  "a command that isn't known, with a payload": [
    `accounts.execute("alice", ▸"depsit", { cents: 5 })`,
    `error TS2345: Argument of type '"depsit"' is not assignable to parameter of type '"deposit" | "empty" | "open" | "withdraw"'.`,
  ],
  "a payload that isn't the command's": [
    `accounts.execute("alice", "deposit", { ▸cents: "5" })`,
    "error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  "a payload left out": [
    `accounts.▸execute("alice", "deposit")`,
    "error TS2554: Expected 3-4 arguments, but got 2.",
  ],
  "a payload for a command that takes none": [
    `accounts.execute("alice", "empty", ▸{ cents: 5 })`,
    "error TS2345: Argument of type '{ cents: number; }' is not assignable to parameter of type 'undefined'.",
  ],
  "an option that isn't known": [
    `accounts.execute("alice", "deposit", { cents: 5 }, { ▸comandId: "1" })`,
    "error TS2561: Object literal may only specify known properties, but 'comandId' does not exist in type 'ExecuteOptions'. Did you mean to write 'commandId'?",
  ],
  "an evolve that forgets an event": [
    `defineDecider("account", {
      events: [opened, deposited, withdrawn],
      initial: () => ({ cents: 0 }),
      ▸evolve: {
        opened: (state) => state,
        deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
      },
      decide: {},
    })`,
    "error TS2741: Property 'withdrawn' is missing in type",
  ],
  "an evolve with a handler for a foreign event": [
    `defineDecider("account", {
      events: [opened, deposited],
      initial: () => ({ cents: 0 }),
      evolve: {
        opened: (state) => state,
        deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
        ▸shipped: () => ({ cents: 0 }),
      },
      decide: {},
    })`,
    `error TS2322: Type '() => { cents: 0; }' is not assignable to type '"\\"shipped\\" is no event of \\"account\\""'.`,
  ],
  "an evolve that returns another state": [
    `defineDecider("account", {
      events: [deposited],
      initial: () => ({ cents: 0 }),
      evolve: { deposited: (state, { data }) => ({ ▸cents: String(state.cents + data.cents) }) },
      decide: {},
    })`,
    "error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  "an evolve that returns what isn't one of the state's words": [
    `interface Light { readonly colour: "red" | "green" }
    defineDecider("light", {
      events: [opened, deposited],
      initial: (): Light => ({ colour: "red" }),
      evolve: {
        opened: (light) => ({ ...light, colour: "green" }),
        deposited: (light) => ({ ...light, ▸colour: "blue" }),
      },
      decide: {},
    })`,
    `error TS2322: Type '"blue"' is not assignable to type '"green" | "red"'.`,
  ],
  "an evolve without parameters that returns what isn't one of the state's words": [
    `interface Light { readonly colour: "red" | "green" }
    defineDecider("light", {
      events: [opened, deposited],
      initial: (): Light => ({ colour: "red" }),
      evolve: { opened: () => ({ colour: "green" }), deposited: () => ({ ▸colour: "blue" }) },
      decide: {},
    })`,
    `error TS2322: Type '"blue"' is not assignable to type '"green" | "red"'.`,
  ],
  "an evolve that misspells a field": [
    `defineDecider("account", {
      events: [deposited],
      initial: () => ({ cents: 0 }),
      evolve: { deposited: (state, { data }) => ({ cents: state.cents + data.▸sents }) },
      decide: {},
    })`,
    "error TS2551: Property 'sents' does not exist on type '{ cents: number; }'. Did you mean 'cents'?",
  ],
  "a decide that makes an event of wrong data": [
    `defineDecider("account", {
      events: [deposited],
      initial: () => ({ cents: 0 }),
      evolve: { deposited: (state) => state },
      decide: { deposit: (_state, { sum }: { sum: string }) => deposited({ ▸cents: sum }) },
    })`,
    "error TS2322: Type 'string' is not assignable to type 'number'.",
  ],
  "an append of another category's event": [
    `store.append(accounts.category.stream("alice"), ▸[shipped({ to: "Alice" })])`,
    `error TS2345: Argument of type 'NewEvent<"shipped", { to: string; }>[]' is not assignable to parameter of type '"\\"shipped\\" is no event of category \\"account\\""'.`,
  ],
  "a class that raises another category's event": [
    `class Wrong extends aggregateOf(category) { ship() { raise(this, ▸shipped({ to: "Alice" })) } }
    new Wrong()`,
    `error TS2345: Argument of type 'NewEvent<"shipped", { to: string; }>' is not assignable to parameter of type '"\\"shipped\\" is no event of category \\"account\\""'.`,
  ],
  "a class that handles a foreign event": [
    `handles(Account, ▸"shipped", () => {})`,
    `error TS2345: Argument of type '"shipped"' is not assignable to parameter of type '"deposited" | "opened"'.`,
  ],
  "a method that isn't one of the class": [
    `createRepository(store, Account).execute("alice", ▸"depsit", 5)`,
    `error TS2345: Argument of type '"depsit"' is not assignable to parameter of type '"deposit"'.`,
  ],
  "a declared aggregate that raises another category's event": [
    `defineAggregate("account", {
      events: [opened],
      initial: () => ({ owner: "" }),
      on: { opened: (state, { data }) => { state.owner = data.owner } },
      commands: { ship: (self) => self.raise(▸shipped({ to: "Alice" })) },
    })`,
    `error TS2345: Argument of type 'NewEvent<"shipped", { to: string; }>' is not assignable to parameter of type '"\\"shipped\\" is no event of category \\"account\\""'.`,
  ],
  "a declared aggregate with a handler for a foreign event": [
    `defineAggregate("account", {
      events: [opened],
      initial: () => ({ owner: "" }),
      on: { ▸shipped: () => {} },
      commands: {},
    })`,
    "error TS2353: Object literal may only specify known properties, and 'shipped' does not exist in type",
  ],
  "a projection with a handler for an event that it doesn't look at": [
    `defineProjection("totals", { events: [deposited], initial: () => 0, on: { ▸shipped: () => 1 } })`,
    "error TS2353: Object literal may only specify known properties, and 'shipped' does not exist in type",
  ],
  "a projection that misspells a field": [
    `defineProjection("totals", { events: [deposited], initial: () => 0, on: { deposited: (sum, { data }) => sum + data.▸sents } })`,
    "error TS2551: Property 'sents' does not exist on type '{ cents: number; }'. Did you mean 'cents'?",
  ],
}

interface Reported {
  readonly line: number
  readonly column: number
  readonly text: string
}

let folder = ""
let reported = new Map<string, Reported[]>()

/** All mistakes in one run of the compiler: each in a file of its own. */
beforeAll(async () => {
  await mkdir(join(packageFolder, ".vitest"), { recursive: true })
  folder = await mkdtemp(join(packageFolder, ".vitest", "types-"))
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../../tsconfig.base.json", include: ["*.ts"] }),
  )
  await Promise.all(
    Object.values(mistakes).map(([code], index) =>
      writeFile(join(folder, `mistake-${index}.ts`), preamble + code.replace("▸", "")),
    ),
  )
  await writeFile(join(folder, "no-mistake.ts"), preamble)
  reported = byFile(await compile())
}, 60_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

function compile(): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [compiler, "-p", ".", "--pretty", "false"],
      { cwd: folder },
      (_error, stdout) => resolve(stdout),
    )
  })
}

/** A message of several lines indents all but its first. */
function byFile(output: string): Map<string, Reported[]> {
  const found = new Map<string, Reported[]>()
  let file = ""
  for (const text of output.split("\n").filter((line) => line !== "")) {
    const [, start, line, column, message] = /^(\S+?\.ts)\((\d+),(\d+)\): (.*)$/.exec(text) ?? []
    file = start ?? file
    const entry = { line: Number(line), column: Number(column), text: message ?? text }
    found.set(file, [...(found.get(file) ?? []), entry])
  }
  return found
}

function placeOfMark(code: string): { line: number; column: number } {
  const before = (preamble + code).split("▸")[0] as string
  const lines = before.split("\n")
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 }
}

describe("the compiler", () => {
  it("has nothing to say about code that is right", () => {
    expect(reported.get("no-mistake.ts")).toBeUndefined()
  })

  it.each(Object.entries(mistakes).map(([name, mistake], index) => [name, ...mistake, index] as const))(
    "says in one line, at the right place: %s",
    (_name, code, message, index) => {
      const [first, ...others] = reported.get(`mistake-${index}.ts`) ?? []
      expect(others).toEqual([])
      expect(first?.text.slice(0, message.length)).toBe(message)
      expect({ line: first?.line, column: first?.column }).toEqual(placeOfMark(code))
    },
  )
})
