// Embeds migrations/*.sql in src/generated/migrations.ts, so that the published code opens no files of its own.
// A test fails when the result isn't fresh.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"

const folder = new URL("../migrations/", import.meta.url)

export function generateMigrations(): string {
  const entries = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => {
      const [, number, title] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(name) ?? []
      if (number === undefined) throw new Error(`migrations/${name} isn't named like 0001-some-title.sql`)
      const sql = readFileSync(new URL(name, folder), "utf8")
        .replaceAll("\\", "\\\\")
        .replaceAll("`", "\\`")
        .replaceAll("${", "\\${")
      return `  {\n    version: ${Number(number)},\n    name: "${title}",\n    sql: \`${sql}\`,\n  },\n`
    })
  return `// Generated from migrations/*.sql by scripts/generate-migrations.ts. Don't edit.\n\nexport interface Migration {\n  readonly version: number\n  readonly name: string\n  readonly sql: string\n}\n\nexport const migrations: readonly Migration[] = [\n${entries.join("")}]\n`
}

if (import.meta.main) {
  writeFileSync(new URL("../src/generated/migrations.ts", import.meta.url), generateMigrations())
}
