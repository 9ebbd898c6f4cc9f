import { readFileSync } from "node:fs"
import { defineConfig } from "tsdown"

// Every package runs this in its own folder. What it builds are the entry points that its `exports` name.
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, string> }
const entries = Object.values(exports).filter((file) => file.endsWith(".ts"))

export default defineConfig({
  entry: entries,
  format: "esm",
  platform: "node",
  target: "node22.16",
  fixedExtension: false,
  cwd: process.cwd(),
  tsconfig: "tsconfig.json",
  dts: true,
  clean: true,
  // Declarations keep the comments for editors; parsing them again at every start costs milliseconds.
  outputOptions: { comments: { jsdoc: false } },
  logLevel: "warn",
})
