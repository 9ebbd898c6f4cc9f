import { usingService } from "@annals/services"
import { Pool } from "pg"
import { expect, it } from "vitest"
import { arrayLiteral } from "../../../src/bare/postgres/array-literal.ts"

usingService("postgres", (url) => {
  it("is read as the same values, whatever is in them", async () => {
    const values = [
      "plain",
      "",
      null,
      "null",
      'a "b"',
      "back\\slash",
      "\\n",
      "line\nend",
      "tab\t{,}",
      '\\"',
      "ü 🙂",
      " x ",
    ]
    const pool = new Pool({ connectionString: url })
    try {
      for (const given of [
        values,
        values.filter((value) => value !== "line\nend" && value !== "tab\t{,}"),
        [],
      ]) {
        const { rows } = await pool.query("SELECT to_json($1::text[]) AS values", [arrayLiteral(given)])
        expect(rows[0].values).toEqual(given)
      }
      const { rows } = await pool.query("SELECT to_json($1::int[]) AS values", [arrayLiteral([1, null])])
      expect(rows[0].values).toEqual([1, null])
    } finally {
      await pool.end()
    }
  })
})
