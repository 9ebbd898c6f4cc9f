import { createMemoryStore, type EventStore } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import { expect, it } from "vitest"
import { readPage } from "../src/repository.ts"

// Nothing is opened: stores do that at their first use.
const stores: Readonly<Record<string, EventStore>> = {
  "`createMemoryStore`": createMemoryStore(),
  "`createPostgresStore`": createPostgresStore({ connectionString: "postgres://localhost/never-asked" }),
  "`createSqliteStore` with a file": createSqliteStore({ file: "never-opened.db" }),
  '`createSqliteStore` with `":memory:"`': createSqliteStore({ file: ":memory:" }),
}

it("the table of stores says what each store declares", () => {
  const lines = readPage("docs/reference/stores.md").text.split("\n")
  const [, ...rows] = lines.filter((line) => line.startsWith("| ")).map(cellsOf)
  const declared = Object.entries(stores).map(([name, { capabilities }]) => [
    name,
    ...Object.values(capabilities).map((can) => (can ? "yes" : "no")),
  ])
  expect(rows).toEqual(declared)
})

it("the table of stores has a column for each capability", () => {
  const { text } = readPage("docs/reference/stores.md")
  const columns = cellsOf(text.split("\n").find((line) => line.startsWith("| store")) ?? "")
  expect(columns.slice(1)).toEqual(Object.keys(createMemoryStore().capabilities).map((name) => `\`${name}\``))
})

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim())
}
