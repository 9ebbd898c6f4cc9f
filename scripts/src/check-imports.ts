// The import map: who may import whom. `node scripts/src/check-imports.ts [ROOT]`
import { findViolations } from "./import-map/find-violations.ts"
import { describeViolation } from "./import-map/rules.ts"
import { repositoryRoot } from "./workspace.ts"

const violations = findViolations(process.argv[2] ?? repositoryRoot)
for (const violation of violations) console.error(describeViolation(violation))
if (violations.length > 0) process.exit(1)
console.log("import map: every import is allowed")
