/** The groups of a round. Those with an inbox write through it, the others whenever they are handed an event. */
export const groups = {
  ordered: { order: "stream", inbox: false },
  "ordered-inbox": { order: "stream", inbox: true },
  unordered: { order: "none", inbox: false },
  "unordered-inbox": { order: "none", inbox: true },
} as const satisfies Readonly<Record<string, GroupSettings>>

export interface GroupSettings {
  readonly order: "stream" | "none"
  readonly inbox: boolean
}

export type GroupName = keyof typeof groups

export const groupNames = Object.keys(groups) as readonly GroupName[]

/** How often an event is tried, and how long apart; short, so that a round isn't spent on waiting. */
export const retry = { attempts: 4, delayMs: 20, maxDelayMs: 100 } as const

/** The processes that handle events, and in which groups: each group has two. */
export const consumers = {
  o0: ["ordered", "ordered-inbox"],
  o1: ["ordered", "ordered-inbox"],
  u0: ["unordered", "unordered-inbox"],
  u1: ["unordered", "unordered-inbox"],
} as const satisfies Readonly<Record<string, readonly GroupName[]>>

export type ConsumerName = keyof typeof consumers

export const consumerNames = Object.keys(consumers) as readonly ConsumerName[]
