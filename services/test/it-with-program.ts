import { it, type TestAPI } from "vitest"
import { hasComposeEngine } from "../src/compose/compose-runner.ts"
import { findProgram } from "../src/packages/system-programs.ts"

const hasEngine = await hasComposeEngine()

/** `it`, or its skipped form where neither a Docker engine nor root could bring the program that is missing. */
export function itWithProgram(program: string): TestAPI | TestAPI["skip"] {
  const canBeHad = hasEngine || process.getuid?.() === 0 || findProgram({ program, debianPackage: program })
  return canBeHad ? it : it.skip
}
