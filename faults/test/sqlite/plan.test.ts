import { planRound } from "../../src/sqlite/plan.ts"
import { describePlan } from "../stores/describe-plan.ts"

describePlan(planRound)
