import type { Suite } from "../../harness/suite.ts"
import { bundle } from "./bundle.ts"
import { type CoreParameters, coreParameters } from "./core-parameters.ts"
import { execute } from "./execute.ts"
import { fold } from "./fold.ts"
import { importCore } from "./import.ts"

export const coreSuite: Suite<CoreParameters> = {
  name: "core",
  parameters: coreParameters,
  conditions: [
    "import and bundle look at core as it is published; fold and execute run on its sources, in memory",
  ],
  scenarios: [importCore, bundle, fold, execute],
}
