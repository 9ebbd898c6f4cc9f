import { usingService } from "@annals/services"
import { beforeAll, describe, expect, it } from "vitest"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const refused = { code: "23001", message: expect.stringMatching(/never changed or removed/) }

type Change = readonly [string, (schema: string) => string]

/** From PostgreSQL 15 on. */
const merge: Change = [
  "MERGE",
  (name) => `MERGE INTO ${name}.events e USING (SELECT 1) x ON true WHEN MATCHED THEN UPDATE SET body = '{}'`,
]

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)
    const schema = "immutable"

    beforeAll(async () => {
      await database.open({ schema }).append({ category: "account", id: "alice" }, [
        { type: "opened", data: { owner: "Alice" }, tags: ["owner:alice", "vip"] },
        { type: "closed", data: null },
      ])
    })

    const snapshot = async () => [
      await database.query(`SELECT * FROM ${schema}.events ORDER BY position`),
      await database.query(`SELECT * FROM ${schema}.streams`),
      await database.query(`SELECT * FROM ${schema}.event_tags`),
    ]

    const changes: readonly Change[] = [
      ["UPDATE of events", (name) => `UPDATE ${name}.events SET body = '{}'`],
      ["UPDATE of events, also of none", (name) => `UPDATE ${name}.events SET body = '{}' WHERE false`],
      ["DELETE of events", (name) => `DELETE FROM ${name}.events WHERE position = 1`],
      ["TRUNCATE of events", (name) => `TRUNCATE ${name}.events`],
      ["UPDATE of streams", (name) => `UPDATE ${name}.streams SET id = 'bob'`],
      ["DELETE of streams", (name) => `DELETE FROM ${name}.streams`],
      ["TRUNCATE of streams", (name) => `TRUNCATE ${name}.streams CASCADE`],
      ["UPDATE of tags", (name) => `UPDATE ${name}.event_tags SET tag = 1`],
      ["DELETE of tags", (name) => `DELETE FROM ${name}.event_tags`],
      ["TRUNCATE of tags", (name) => `TRUNCATE ${name}.event_tags`],
      ["TRUNCATE of everything", (name) => `TRUNCATE ${name}.events, ${name}.streams, ${name}.event_tags`],
      [
        "DELETE inside of a WITH",
        (name) => `WITH gone AS (DELETE FROM ${name}.events RETURNING position) SELECT * FROM gone`,
      ],
      [
        "INSERT with ON CONFLICT DO UPDATE",
        (name) =>
          `INSERT INTO ${name}.events SELECT * FROM ${name}.events ON CONFLICT (position) DO UPDATE SET body = '{}'`,
      ],
      ["UPDATE through the view", (name) => `UPDATE ${name}.event_log SET type = 'reopened'`],
      ["DELETE through the view", (name) => `DELETE FROM ${name}.event_log`],
      ...(service === "postgres" ? [merge] : []),
    ]

    describe("the database refuses, also to a superuser,", () => {
      it.each(changes)("%s", async (_what, change) => {
        const before = await snapshot()
        expect(await failureOf(database.query(change(schema)))).toMatchObject(refused)
        const replica = await database.begin("BEGIN; SET LOCAL session_replication_role = replica")
        expect(await failureOf(replica.query(change(schema)))).toMatchObject(refused)
        await replica.query("ROLLBACK")
        expect(await snapshot()).toEqual(before)
      })

      it.each([
        ["a position", "position"],
        ["a version", "stream, version"],
        ["an id", "event_id"],
      ])("INSERT of %s that is there", async (_what, repeated) => {
        const before = await snapshot()
        const columns = await database.query(
          "SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0",
          [`${schema}.events`],
        )
        const fresh: Record<string, string> = {
          position: "position + 100",
          version: "version + 100",
          event_id: "gen_random_uuid()",
        }
        for (const name of repeated.split(", ")) delete fresh[name]
        const values = columns.map(({ name }) => fresh[name as string] ?? name).join(", ")
        const copy = `INSERT INTO ${schema}.events SELECT ${values} FROM ${schema}.events WHERE version = 1`
        expect(await failureOf(database.query(copy))).toMatchObject({ code: "23505" })
        expect(await snapshot()).toEqual(before)
      })

      it("INSERT of a stream or a tag that is there", async () => {
        const before = await snapshot()
        const streams = `INSERT INTO ${schema}.streams SELECT stream + 1, category_key, slot, tenant, category, id FROM ${schema}.streams`
        const tags = `INSERT INTO ${schema}.event_tags SELECT * FROM ${schema}.event_tags`
        for (const insert of [streams, tags]) {
          expect(await failureOf(database.query(insert))).toMatchObject({ code: "23505" })
        }
        expect(await snapshot()).toEqual(before)
      })
    })

    it("the view shows events as JSON", async () => {
      const rows = await database.query(
        `SELECT position::int, category, stream_id, version::int, type, data->>'owner' AS owner, tags FROM ${schema}.event_log ORDER BY position`,
      )
      const common = { category: "account", stream_id: "alice" }
      expect(rows).toEqual([
        { ...common, position: 1, version: 1, type: "opened", owner: "Alice", tags: ["owner:alice", "vip"] },
        { ...common, position: 2, version: 2, type: "closed", owner: null, tags: null },
      ])
    })
  })
}
