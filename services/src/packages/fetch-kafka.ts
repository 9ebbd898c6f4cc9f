import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { runToEnd } from "../processes/run-to-end.ts"
import { fillCache } from "./fill-cache.ts"

const pom = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "kafka", "pom.xml")

/** Fetches what `kafka/pom.xml` names from Maven Central, and returns the folder of the jars. */
export function fetchKafka(cache: string): Promise<string> {
  return fillCache(cache, "kafka-4.0.0", async (partial) => {
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${partial}`]
    await runToEnd({ program: "mvn", args: ["-B", "-q", "-f", pom, ...goal], viaShell: true })
  })
}
