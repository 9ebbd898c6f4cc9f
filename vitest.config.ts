import { defineConfig } from "vitest/config"

// Every package runs `vitest run --config ../../vitest.config.ts` in its own folder; the totals of `npm test` are
// added up from the JSON files.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests wait for conditions, never for times: only what hangs for good should meet these, on the busiest machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/results.json" },
    passWithNoTests: true,
  },
})
