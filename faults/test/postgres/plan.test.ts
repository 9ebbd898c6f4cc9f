import { planRound } from "../../src/postgres/plan.ts"
import { describePlan } from "../stores/describe-plan.ts"

describePlan(planRound, [
  "kill-at-start",
  "kill-after-answers",
  "kill-in-transaction",
  "kill-after-commit",
  "stop-in-transaction",
  "terminate-after-answers",
  "terminate-in-transaction",
  "terminate-at-commit",
  "lose-answer",
  "kill-server-in-transaction",
  "kill-server-at-commit",
  "kill",
  "stop",
  "kill-server",
])
