import { describe, expect, it } from "vitest"
import { readExports } from "../src/reference/read-exports.ts"
import { entryPoints, readPage } from "../src/repository.ts"

const pages = {
  "bus-redis": { page: "docs/guides/redis.md", interfaces: ["RedisBusOptions"] },
  "bus-rabbitmq": { page: "docs/guides/rabbitmq.md", interfaces: ["RabbitmqBusOptions"] },
  "bus-kafka": {
    page: "docs/guides/kafka.md",
    interfaces: ["KafkaBusOptions", "KafkaTopicOptions", "KafkaGroupOptions"],
  },
  snapshots: { page: "docs/guides/snapshots.md", interfaces: ["CommonSnapshotOptions", "SnapshotOptions"] },
  telemetry: { page: "docs/guides/observability.md", interfaces: ["TelemetryOptions"] },
}

describe.each(Object.entries(pages))("the page of %s", (folder, { page, interfaces }) => {
  const declared = optionsOf(folder, interfaces)
  const shown = rowsOf(page)

  it("names every option, and no other", () => {
    expect([...shown.keys()].sort()).toEqual([...declared.keys()].sort())
  })

  it("says the default that the option's doc comment says", () => {
    const plain = [...declared].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    expect(plain.length).toBeGreaterThan(0)
    expect(plain.map(([name]) => [name, normal(shown.get(name ?? "") ?? "")])).toEqual(plain)
  })
})

/** Each option with its default, where that is one word. */
function optionsOf(folder: string, interfaces: readonly string[]): ReadonlyMap<string, string | undefined> {
  const exports = entryPoints(folder).flatMap(({ file }) => readExports(file))
  const signatures = exports.filter(({ name }) => interfaces.includes(name)).map(({ signature }) => signature)
  const members = signatures.flatMap((text) => [
    ...text.matchAll(/^ {2}(?:\/\*\*(.*?)\*\/\s*)?readonly (\w+)\??:/gms),
  ])
  return new Map(members.map(([, comment = "", name = ""]) => [name, defaultIn(comment)]))
}

function defaultIn(comment: string): string | undefined {
  const [, word] =
    /@default ("\w+"|[\w]+)\s*$/m.exec(comment) ?? /Default `?([\w,]+)`?\.(?:\s|$)/.exec(comment) ?? []
  return word === undefined ? undefined : normal(word)
}

/** The first and second column of the table of options. */
function rowsOf(path: string): ReadonlyMap<string, string> {
  const [, section = ""] = /\n## Options\n(.*?)(?:\n## |$)/s.exec(readPage(path).text) ?? []
  const rows = section.split("\n").filter((line) => line.startsWith("| `"))
  return new Map(
    rows.flatMap((line) => {
      const [, names = "", value = ""] = line.split(" | ").length > 1 ? line.split("|") : []
      return [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]): [string, string] => [name, value.trim()])
    }),
  )
}

function normal(value: string): string {
  return value.replaceAll(/["`,_]/g, "")
}
