// `pnpm example snapshotting`: a plant's machines, whose streams are long. Each chapter is a file.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asItWas } from "./chapters/as-it-was.ts"
import { changedRules } from "./chapters/changed-rules.ts"
import { damaged } from "./chapters/damaged.ts"
import { hadNone } from "./chapters/had-none.ts"
import { inTheBackground } from "./chapters/in-the-background.ts"
import { newShape } from "./chapters/new-shape.ts"
import { comparePolicies } from "./chapters/policies.ts"
import { wholeLog } from "./chapters/whole-log.ts"
import { openPlant, type Plant } from "./plant.ts"

const chapters: Readonly<Record<string, (plant: Plant) => Promise<void>>> = {
  "A system that had none": hadNone,
  "When one is due": comparePolicies,
  "In the background": inTheBackground,
  "The state gets another shape": newShape,
  "A damaged snapshot": damaged,
  "As it was": asItWas,
  "Rules that changed": changedRules,
  "The whole log": wholeLog,
}

const folder = mkdtempSync(join(tmpdir(), "annals-plant-"))
try {
  for (const [index, [title, chapter]] of Object.entries(chapters).entries()) {
    // Each chapter is a process of its own, as it were: what it knows of the others stands in the file.
    await using plant = openPlant(join(folder, "plant.db"))
    console.log(`${index === 0 ? "" : "\n"}${index + 1}. ${title}`)
    await chapter(plant)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
