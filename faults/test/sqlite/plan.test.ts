import { planRound } from "../../src/sqlite/plan.ts"
import { describePlan } from "../stores/describe-plan.ts"

describePlan(planRound, [
  "kill-at-start",
  "kill-after-answers",
  "kill-in-transaction",
  "kill-after-commit",
  "stop-in-transaction",
  "kill",
  "stop",
])
