import { streamId } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import pg from "pg"
import { expect, it } from "vitest"

usingService("postgres", (connectionString) => {
  it.for([
    ["x", "xaaaa", "x\u5f09\u0b40a\u3c12"],
    ["xaaaa", "x\u5f09\u0b40a\u3c12", "y"],
  ])("records and finds an event once by tags whose keys are the same: %j", async (tags) => {
    const schema = `alike_${crypto.randomUUID()}`
    await using store = createPostgresStore({ connectionString, schema, migrate: "auto" })
    await store.append(streamId("test", "a"), [{ type: "tested", data: {}, tags }])
    for (const tag of tags) {
      for (const direction of ["forward", "backward"] as const) {
        const found = await store.readAll({ tags: [tag], direction }).toArray()
        expect(found.map(({ position }) => position)).toEqual([1])
      }
    }
    const client = new pg.Client(connectionString)
    await client.connect()
    await client.query(`DROP SCHEMA "${schema}" CASCADE`)
    await client.end()
  })
})
