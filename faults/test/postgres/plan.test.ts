import { planRound } from "../../src/postgres/plan.ts"
import { describePlan } from "../stores/describe-plan.ts"

describePlan(planRound, [
  "terminate-after-answers",
  "terminate-in-transaction",
  "terminate-at-commit",
  "lose-answer",
  "kill-server-in-transaction",
  "kill-server-at-commit",
  "kill-server",
])
