import assert from "node:assert/strict"
import { recycledSchemas, usingService } from "@annals/services"
import pg from "pg"
import { afterAll, it } from "vitest"

usingService("postgres", (url) => {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  afterAll(() => pool.end())
  const schemas = recycledSchemas(url, {
    prefix: "recycled_",
    keep: ["versions"],
    create: async (schema) => {
      await pool.query(`CREATE SCHEMA ${schema}
        CREATE TABLE versions (version integer)
        CREATE TABLE parents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)
        CREATE TABLE children (parent bigint REFERENCES parents)
        CREATE SEQUENCE drawn`)
      await pool.query(`INSERT INTO ${schema}.versions VALUES (7);
        CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON ${schema}.children FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();
        ALTER TABLE ${schema}.children ENABLE ALWAYS TRIGGER refuse`)
    },
  })
  const use = async (schema: string) => {
    const { rows } = await pool.query<{ id: string; drawn: string }>(
      `INSERT INTO ${schema}.parents DEFAULT VALUES RETURNING id, nextval('${schema}.drawn') AS drawn`,
    )
    await pool.query(`INSERT INTO ${schema}.children SELECT id FROM ${schema}.parents`)
    return rows
  }

  it("empties a schema, so that its next user finds it as it was made", async () => {
    const schema = await schemas.take()
    await use(schema)
    await schemas.giveBack(schema)

    assert.equal(await schemas.take(), schema)
    assert.deepEqual(await use(schema), [{ id: "1", drawn: "1" }])
    const { rows } = await pool.query(`SELECT * FROM ${schema}.versions`)
    assert.deepEqual(rows, [{ version: 7 }])
    await assert.rejects(pool.query(`DELETE FROM ${schema}.children`), /refused/)
    await schemas.giveBack(schema)
  })

  it("gives nobody a schema that somebody else still has", async () => {
    const both = [await schemas.take(), await schemas.take()] as const
    assert.notEqual(both[0], both[1])
    for (const schema of both) await schemas.giveBack(schema)
  })

  for (const change of [
    "CREATE TABLE {schema}.more (id integer)",
    "ALTER TABLE {schema}.children ADD COLUMN more integer",
    "DROP TRIGGER refuse ON {schema}.children",
    "ALTER TABLE {schema}.children ENABLE TRIGGER refuse",
  ]) {
    it(`drops a schema that was changed: ${change}`, async () => {
      const schema = await schemas.take()
      await pool.query(change.replace("{schema}", schema))
      await schemas.giveBack(schema)

      const { rows } = await pool.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema])
      assert.equal(rows.length, 0)
    })
  }
})
