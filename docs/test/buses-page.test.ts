import { createKafkaBus } from "@annals/bus-kafka"
import { createRabbitmqBus } from "@annals/bus-rabbitmq"
import { createRedisBus } from "@annals/bus-redis"
import { createMemoryBus, type EventBus } from "@annals/core"
import { expect, it } from "vitest"
import { readPage } from "../src/repository.ts"

// Nothing is connected: buses do that at their first use.
const buses: Readonly<Record<string, EventBus>> = {
  "`createMemoryBus`": createMemoryBus(),
  "`createRedisBus`": createRedisBus({ url: "redis://localhost" }),
  "`createRabbitmqBus`": createRabbitmqBus({ url: "amqp://localhost" }),
  "`createKafkaBus`": createKafkaBus({ brokers: ["localhost:9092"] }),
}

const [, table = ""] =
  /^(\| bus \| `durable`.*?)\n\n/ms.exec(readPage("docs/guides/event-buses.md").text) ?? []
const [columns = [], , ...rows] = table.split("\n").map(cellsOf)

it("the table of buses says what each bus declares", () => {
  const declared = Object.entries(buses).map(([name, { capabilities }]) => [
    name,
    ...Object.values(capabilities).map((can) => (can ? "yes" : "no")),
  ])
  expect(rows).toEqual(declared)
})

it("the table of buses has a column for each capability", () => {
  expect(columns.slice(1)).toEqual(Object.keys(createMemoryBus().capabilities).map((name) => `\`${name}\``))
})

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim())
}
