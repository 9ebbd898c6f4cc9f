import { appendScenario } from "./append-scenario.ts"

/** Fifty callers at a time, one event each. */
export const append1x50 = appendScenario(
  "append-1-x50",
  [
    { ratioTo: "bare", atLeast: 2 },
    { ratioTo: "emmett", atLeast: 5 },
  ],
  ({ appendsPerCaller }) => ({ callers: 50, appends: appendsPerCaller, events: 1 }),
)
