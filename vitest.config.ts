import { defineConfig } from "vitest/config"

// Every package runs `vitest run --config ../../vitest.config.ts` in its own folder; the totals of `npm test` are
// added up from the JSON files.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/results.json" },
    passWithNoTests: true,
  },
})
