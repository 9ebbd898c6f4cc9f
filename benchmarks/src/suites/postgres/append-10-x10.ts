import { appendScenario } from "./append-scenario.ts"

/** Ten callers at a time, ten events each. */
export const append10x10 = appendScenario(
  "append-10-x10",
  [
    { ratioTo: "bare", atLeast: 1.2 },
    { ratioTo: "emmett", atLeast: 3 },
  ],
  ({ appendsPerCaller }) => ({ callers: 10, appends: appendsPerCaller, events: 10 }),
)
