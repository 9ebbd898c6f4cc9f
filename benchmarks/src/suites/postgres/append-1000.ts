import { appendScenario } from "./append-scenario.ts"

/** A thousand events in one append, then the next thousand. */
export const append1000 = appendScenario(
  "append-1000",
  [
    { ratioTo: "bare", atLeast: 0.9 },
    { ratioTo: "emmett", atLeast: 1.5 },
  ],
  ({ largeAppends }) => ({ callers: 1, appends: largeAppends, events: 1000 }),
  { rounds: ({ longRounds }) => longRounds, warmUps: ({ longRounds }) => Math.ceil(longRounds / 3) },
)
