// node take-numbers.ts FILE TAKER COUNT: COUNT times takes the number after the last one that anybody has taken, as a decision on events of
// all streams, and prints what it took as JSON.
import { isAnnalsError } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"

const [file = "", taker = "", count = ""] = process.argv.slice(2)
const query = [{ tags: ["number"] }]
const taken: number[] = []

await using store = createSqliteStore({ file, durability: "off" })
while (taken.length < Number(count)) {
  const after = await store.head()
  const number = 1 + (await store.readAll({ query, until: after }).toArray()).length
  try {
    const event = { type: "taken", data: number, tags: ["number"] }
    await store.append({ category: "taker", id: taker }, [event], { condition: { query, after } })
    taken.push(number)
  } catch (error) {
    if (!isAnnalsError(error, "CONDITION_FAILED")) throw error
  }
}
process.stdout.write(JSON.stringify(taken))
