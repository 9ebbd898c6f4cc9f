// node append-until-done.ts FILE WRITER COUNT: appends COUNT events to a stream of its own and to one shared by all, and prints each
// acknowledged id.
import { isAnnalsError } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"

const [file = "", writer = "", count = ""] = process.argv.slice(2)
await using store = createSqliteStore({ file })

for (let number = 1; number <= Number(count); number++) {
  const own = await store.append({ category: "own", id: writer }, [event(number)], { expected: number - 1 })
  const shared = await store.append({ category: "shared", id: "one" }, [event(number)])
  const counted = await appendAtExactVersion(number)
  process.stdout.write(`${[...own.eventIds, ...shared.eventIds, ...counted].join("\n")}\n`)
}

async function appendAtExactVersion(number: number): Promise<readonly string[]> {
  while (true) {
    const stream = { category: "shared", id: "exact" }
    try {
      return (await store.append(stream, [event(number)], { expected: await store.streamVersion(stream) }))
        .eventIds
    } catch (error) {
      if (!isAnnalsError(error, "VERSION_CONFLICT")) throw error
    }
  }
}

function event(number: number) {
  return { type: "counted", data: { writer, number }, tags: [`writer:${writer}`] }
}
