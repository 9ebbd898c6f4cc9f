import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import type { Contestant, Scenario } from "../../harness/scenario.ts"
import { buildCore } from "./build-core.ts"
import type { CoreParameters } from "./core-parameters.ts"
import { repositoryRoot } from "./repository-root.ts"

/** What the README's bank account uses of the library, minified and gzipped; schemas and the store are left out. */
export const bundle: Scenario<CoreParameters> = {
  name: "bundle",
  unit: "bytes",
  better: "lower",
  goals: [{ atMost: 30_000 }],
  rounds: () => 1,
  prepare: async ({ newPath }) => ({
    // The same file that `pnpm check` holds to the limit.
    ours: contestant(join(repositoryRoot, "scripts", "src", "bundle-sample.ts"), {
      "@annals/core": buildCore(newPath("core")),
    }),
    peers: {
      emmett: contestant(fileURLToPath(new URL("banks/emmett-bank.ts", import.meta.url))),
      castore: contestant(fileURLToPath(new URL("banks/castore-bank.ts", import.meta.url))),
      act: contestant(fileURLToPath(new URL("banks/act-bank.ts", import.meta.url))),
    },
  }),
}

function contestant(entryPoint: string, alias: Record<string, string> = {}): Contestant {
  return {
    async round() {
      const { outputFiles } = await build({
        entryPoints: [entryPoint],
        alias,
        external: ["zod", "@annals/store-sqlite"],
        bundle: true,
        minify: true,
        format: "esm",
        platform: "node",
        target: "node22.16",
        write: false,
      })
      return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length
    },
  }
}
