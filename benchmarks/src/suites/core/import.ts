import { execFile } from "node:child_process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import type { Contestant, Scenario } from "../../harness/scenario.ts"
import { buildCore } from "./build-core.ts"
import type { CoreParameters } from "./core-parameters.ts"

/** One `await import()` of what is published, in a process that did nothing before; the start of Node isn't counted. */
export const importCore: Scenario<CoreParameters> = {
  name: "import",
  unit: "ms",
  better: "lower",
  goals: [{ atMost: 15 }],
  rounds: ({ imports }) => imports,
  prepare: async ({ newPath }) => ({
    ours: contestant(pathToFileURL(buildCore(newPath("core"))).href),
    peers: {
      emmett: contestant(import.meta.resolve("@event-driven-io/emmett")),
      castore: contestant(import.meta.resolve("@castore/core")),
      act: contestant(import.meta.resolve("@rotorsoft/act")),
    },
  }),
}

/** act looks for a package.json with a version in the current folder. */
const ownFolder = fileURLToPath(new URL("../../..", import.meta.url))

function contestant(url: string): Contestant {
  const program = `
    const start = performance.now()
    await import(${JSON.stringify(url)})
    console.log(performance.now() - start)
    process.exit()`
  return {
    async round() {
      const options = ["--input-type=module", "--eval", program]
      const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: ownFolder })
      return Number(stdout)
    },
  }
}
