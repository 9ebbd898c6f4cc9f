import { defineEvent, type } from "@annals/core"
import { expect, it } from "vitest"
import { defineProcessManager, execute, type ProcessContext, type RefusedCommand } from "../../src/index.ts"
import { defineFulfilment, stock } from "./shop.ts"

const heard = defineEvent("heard", type<Record<string, never>>())
const given = defineEvent("given", type<Record<string, never>>())

/** Decides on one event, and says what it was told. */
function listening() {
  const told: [state: number, refused: RefusedCommand, context: ProcessContext][] = []
  const manager = defineProcessManager("listening", {
    listensTo: [heard],
    correlate: ({ stream }) => stream.id,
    events: [given],
    initial: () => 0,
    evolve: { given: (count) => count + 1 },
    on: { heard: () => [] },
    onRefused: (...all) => {
      told.push(all)
      return given({})
    },
  })
  return { manager, told }
}

it("decides on a refusal without a store, by what it would get from one", () => {
  const { manager, told } = listening()
  const reserve = { ...execute(stock, "book", "reserve", { quantity: 2 }), reason: "sold-out" }
  const context = { id: "1", version: 3, now: 5 }
  const decisions = manager.decideOnRefusal(
    7,
    { ...reserve, category: "stock", details: { free: 1 } },
    context,
  )
  expect(decisions).toMatchObject([{ type: "given" }])
  const refused = {
    reason: "sold-out",
    details: { free: 1 },
    category: "stock",
    id: "book",
    command: "reserve",
    payload: { quantity: 2 },
  }
  expect(told).toEqual([[7, refused, context]])
})

it("fills in what a test leaves out", () => {
  const { manager, told } = listening()
  manager.decideOnRefusal(0, { command: "reserve", reason: "sold-out" })
  expect(told).toEqual([
    [
      0,
      {
        reason: "sold-out",
        details: undefined,
        category: "",
        id: "",
        command: "reserve",
        payload: undefined,
      },
      { id: "", version: 0, now: 0 },
    ],
  ])
})

it("decides on nothing where a refusal fails the event", () => {
  const strict = defineFulfilment({ answersRefusals: false })
  const refused = { command: "reserve", reason: "sold-out" }
  expect(strict.decideOnRefusal(strict.initial(), refused)).toBeUndefined()
})
