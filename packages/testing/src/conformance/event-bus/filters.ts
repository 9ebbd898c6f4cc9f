import assert from "node:assert/strict"
import type { ConsumerOptions, RecordedEvent } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject, EventBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, until } from "./received.ts"

type Filter = Pick<ConsumerOptions, "types" | "categories">

/** Trap 15: types and categories are asked for exactly, or by `*`, whatever characters are in them. */
export function filters({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("filters", () => {
    it("let through only the types and categories that are asked for", async () => {
      await using subject = await create()
      const got = await receivedBy(subject, kinds, [
        {},
        { types: ["order-placed", "invoice"] },
        { categories: ["shop"] },
        { types: ["order-placed"], categories: ["shop", "archive"] },
        { types: ["order"] },
      ])
      assert.deepEqual(got, [
        ["a", "b", "c", "d", "e", "f"],
        ["a", "c", "d"],
        ["a", "b", "c"],
        ["a", "d"],
        [],
      ])
    })

    it("take * for any characters, and all others for what they are", async () => {
      await using subject = await create()
      const got = await receivedBy(subject, kinds, [
        { types: ["order-*"] },
        { types: ["*"], categories: ["*o*"] },
        { types: ["*.v2", "in*ce"] },
        { types: ["order.*", "order-paid.v"] },
        { categories: ["sh?p", "s.*p", "archive*"] },
      ])
      assert.deepEqual(got, [["a", "b", "d", "e"], ["a", "b", "c", "e", "f"], ["c", "e"], [], ["d"]])
    })

    it("tell odd names apart, of types and of categories", async () => {
      await using subject = await create()
      const events = oddNames.map((name, index) =>
        eventNamed("a1", { type: name, stream: { category: name, id: `${index}` } }),
      )
      // Where `*` is part of a name, nothing but a pattern asks for it.
      const asked = oddNames.map((name, index) => ({ name, index })).filter(({ name }) => !name.includes("*"))
      const [byType, byCategory] = [
        asked.filter(({ index }) => index % 2 === 0),
        asked.filter(({ index }) => index % 2 === 1),
      ]
      const got = await receivedBy(subject, events, [
        { types: byType.map(({ name }) => name) },
        { categories: byCategory.map(({ name }) => name) },
      ])
      assert.deepEqual(got, [
        byType.map(({ index }) => `${index}`).toSorted(),
        byCategory.map(({ index }) => `${index}`).toSorted(),
      ])
    })
  })
}

const kinds: readonly RecordedEvent[] = [
  kind("a", "order-placed", "shop"),
  kind("b", "order-paid", "shop"),
  kind("c", "invoice", "shop"),
  kind("d", "order-placed", "archive"),
  kind("e", "order-paid.v2", "shop-old"),
  kind("f", "orders", "shop-old"),
]

function kind(id: string, type: string, category: string): RecordedEvent {
  return eventNamed(`${id}1`, { type, stream: { category, id } })
}

export const oddNames: readonly string[] = [
  `it's "quoted" and \`ticked\``,
  "'; drop table events; --",
  "a/b:c|d\\e",
  "a:b",
  "100%_sure*?[x]{y}#$1",
  " leading and trailing ",
  "null",
  "__proto__",
  "Ünïcödé Привет 你好 שלום",
  "👩‍👩‍👧‍👦",
  "e\u0301",
  "\u00e9",
  "\u200b\u202e",
  "x".repeat(1000),
  "😀".repeat(500),
]

/** The ids of the streams whose events each filter's consumer got. */
async function receivedBy(
  { bus }: EventBusSubject,
  events: readonly RecordedEvent[],
  asked: readonly Filter[],
): Promise<string[][]> {
  const consumers = asked.map((filter) => ({ filter, got: [] as string[] }))
  const running = await Promise.all(
    consumers.map(({ filter, got }) =>
      bus.subscribe({
        group: anyGroup(),
        ...filter,
        handler: (event) => void got.push(event.stream.id),
      }),
    ),
  )
  await bus.publish(events)
  const isDone = async () =>
    (await Promise.all(running.map((consumer) => consumer.lag()))).every((lag) => lag === 0)
  await until(isDone)
  return consumers.map(({ got }) => got.toSorted())
}
