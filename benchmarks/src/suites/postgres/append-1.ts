import { appendScenario } from "./append-scenario.ts"

/** One event, then the next one. */
export const append1 = appendScenario(
  "append-1",
  [
    { ratioTo: "bare", atLeast: 0.9 },
    { ratioTo: "emmett", atLeast: 1.3 },
  ],
  ({ singleAppends }) => ({ callers: 1, appends: singleAppends, events: 1 }),
)
