import { defineEvent, streamId, type } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { freshDatabase } from "./fresh-database.ts"

const happened = defineEvent("happened", type<{ n: number }>())

/** Every plan that its connections use comes back as a notice, those of functions, too. */
function openExplaining(url: string): { readonly pool: pg.Pool; readonly plans: string[] } {
  const plans: string[] = []
  const pool = new pg.Pool({ connectionString: url })
  pool.on("connect", (client) => {
    client.on("notice", ({ message }) => plans.push(message ?? ""))
    // Where the module isn't there, no plans come.
    const explaining = client.query(
      `LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
       SET client_min_messages = log`,
    )
    explaining.catch(() => {})
  })
  return { pool, plans }
}

// Until autovacuum looks at a table for the first time the planner takes it for tiny. A join with all of it then seems cheap, and costs more with each row.
for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("on tables that were never analysed", () => {
      const database = freshDatabase(url)

      it("appends that travel together look up their streams one by one", async () => {
        const { pool, plans } = openExplaining(database.url)
        {
          await using store = createPostgresStore({ pool, schema: database.schema, migrate: "auto" })
          const append = (id: number) =>
            store.append(streamId("thing", `${id}`), [{ ...happened({ n: id }), id: crypto.randomUUID() }])
          for (let id = 0; id < 300; id += 100) {
            await Promise.all(Array.from({ length: 100 }, (_, index) => append(id + index)))
          }
          plans.length = 0
          await Promise.all(Array.from({ length: 50 }, (_, index) => append(1000 + index)))
        }
        await pool.end()
        const lookUps = plans.filter((plan) => plan.includes("streams"))
        expect(lookUps.length).toBeGreaterThan(0)
        expect(lookUps.filter((plan) => /Hash|Merge|Seq Scan on (streams|events)/.test(plan))).toEqual([])
      })

      it("documents that are read and saved together are looked up one by one", async () => {
        const { pool, plans } = openExplaining(database.url)
        {
          await using store = createPostgresStore({ pool, schema: database.schema, migrate: "auto" })
          const ids = Array.from({ length: 5_000 }, (_, index) => `${index}`)
          const save = (some: readonly string[], expectedVersion: number) =>
            store.readModels.saveMany(
              "m",
              some.map((id) => ({ id, value: 1, expectedVersion })),
            )
          await save(ids, 0)
          plans.length = 0
          await store.readModels.getMany("m", ids.slice(0, 20))
          await save(ids.slice(0, 20), 1)
        }
        await pool.end()
        const lookUps = plans.filter((plan) => plan.includes("read_models"))
        expect(lookUps.length).toBeGreaterThan(1)
        expect(lookUps.filter((plan) => plan.includes("Seq Scan on read_models"))).toEqual([])
        // By model and id; by the model alone it would be all of it.
        const conditions = lookUps.flatMap((plan) =>
          [...plan.matchAll(/read_models_by_id.*\n\s*Index Cond: (.*)/g)].map(([, condition]) => condition),
        )
        expect(conditions.length).toBeGreaterThan(1)
        expect(conditions.filter((condition) => !condition?.includes("id_start"))).toEqual([])
      })
    })
  })
}
