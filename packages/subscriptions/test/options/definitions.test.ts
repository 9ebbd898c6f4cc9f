import { defineEvent, type } from "@annals/core"
import { describe, expect, it } from "vitest"
import {
  defineDocumentProjection,
  defineProcessManager,
  defineReactor,
  defineReadModel,
  defineSubscription,
  defineTableProjection,
} from "../../src/index.ts"

const heard = defineEvent("heard", type<{ n: number }>())
const own = defineEvent("own", type<{ n: number }>())

interface Defined {
  readonly define: (options: never) => unknown
  /** What is right. */
  readonly options: object
  /** By the option that is wrong, or the path into it: values for it. */
  readonly wrong: Readonly<Record<string, readonly unknown[]>>
}

const settings = {
  from: [-1, "middle"],
  "retry.attempts": [0],
  retry: [5],
  unreadable: ["skip", 5],
  tenant: [5],
  onFailure: ["skip"],
  instances: ["all"],
  timeoutMs: [0, "5"],
  "checkpointEvery.events": [0],
  pageSize: [0],
}
const types = [undefined, {}, "heard", [5]]
/** Of functions by the name of an event. */
const handlers = [undefined, 5, {}, { foreign: () => [] }]

const definitions: Readonly<Record<string, Defined>> = {
  "a subscription": {
    define: (options) => defineSubscription("s", options),
    options: { events: [heard], handle: () => {} },
    wrong: {
      handle: [undefined, 5],
      transactional: ["yes"],
      types: [5, "heard", []],
      categories: [5, "c", []],
      tags: [5, "t", []],
      query: [5, {}],
      ...settings,
    },
  },
  "a process manager": {
    define: (options) => defineProcessManager("p", options),
    options: {
      listensTo: [heard],
      correlate: () => "1",
      events: [own],
      initial: () => 0,
      evolve: { own: () => 0 },
      on: { heard: () => [] },
    },
    wrong: {
      listensTo: types,
      correlate: handlers,
      "correlate.heard": [5],
      events: types,
      deadlines: [{}, "heard", [5], [heard]],
      initial: [undefined, 5],
      evolve: handlers,
      "evolve.own": [5],
      on: handlers,
      "on.heard": [5],
      endedBy: [5, "own", ["foreign"]],
      onRefused: [5, {}],
      ...settings,
    },
  },
  "a reactor": {
    define: (options) => defineReactor("r", options),
    options: { events: [heard], from: "end", on: { heard: () => {} } },
    wrong: {
      events: types,
      on: handlers,
      "on.heard": [5],
      after: [5, "orders", [5], [{ name: "orders", version: 0 }]],
      ...settings,
      from: [undefined, -1, "middle"],
    },
  },
  "a projection into documents": {
    define: (options) => defineDocumentProjection("d", options),
    options: {
      into: defineReadModel("m", type<{ n: number }>()),
      events: [heard],
      initial: () => ({ n: 0 }),
      on: { heard: () => {} },
    },
    wrong: {
      into: [undefined, "m"],
      events: types,
      key: [5],
      initial: [undefined, { n: 0 }],
      on: handlers,
      "on.heard": [5],
      version: [0, "2"],
      categories: ["order", []],
      tags: ["large", []],
    },
  },
  "a projection into tables": {
    define: (options) => defineTableProjection("t", options),
    options: { execute: () => {}, tables: { t: () => "" }, events: [heard], on: { heard: () => {} } },
    wrong: {
      execute: [undefined, "CREATE"],
      tables: [undefined, {}],
      "tables.t": ["CREATE"],
      events: types,
      on: handlers,
      "on.heard": [5],
      version: [0],
      categories: ["order"],
      tags: [[]],
    },
  },
}

const wrongOptions = Object.entries(definitions).flatMap(([name, { wrong }]) =>
  Object.entries(wrong).flatMap(([path, values]) => values.map((value) => [name, path, value] as const)),
)

describe("the definition of", () => {
  it.each(Object.keys(definitions))(
    "%s is taken when it is right, and refused when it is nothing",
    (name) => {
      const { define, options } = definitions[name] as Defined
      expect(() => define(options as never)).not.toThrow()
      for (const nothing of [undefined, null, 5])
        expect(() => define(nothing as never)).toThrow(
          expect.objectContaining({ code: "INVALID_OPTION", path: "options" }),
        )
    },
  )

  it.each(wrongOptions)("%s says where it is wrong: %s is %o", (name, path, value) => {
    const { define, options } = definitions[name] as Defined
    expect(() => define(withValue(options, path, value) as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path }),
    )
  })
})

function withValue(options: object, path: string, value: unknown): object {
  const [option = "", inner] = path.split(".")
  return { ...options, [option]: inner === undefined ? value : { [inner]: value } }
}
