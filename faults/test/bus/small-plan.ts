import { deriveId } from "@annals/core"
import type { GroupName } from "../../src/bus/groups.ts"
import type { BusFault, PlannedEvent, RoundPlan, WavePlan } from "../../src/bus/round-plan.ts"

/** One call of `publish` in each wave, for one stream. */
export interface SmallWave {
  readonly events: number
  /** How often the first of them fails, in each of these groups. */
  readonly failures?: Partial<Record<GroupName, number>>
  /** Groups that can't take the first of them. */
  readonly poison?: readonly GroupName[]
  readonly replay?: WavePlan["replay"]
  readonly faults?: readonly BusFault[]
}

export function smallPlan(waves: readonly SmallWave[]): RoundPlan {
  let version = 0
  return {
    waves: waves.map(
      ({ events: count, failures = {}, poison = [], replay = "nothing", faults = [] }, wave) => {
        const events = Array.from({ length: count }, (_, index): PlannedEvent => {
          version++
          return {
            id: deriveId("faults", "small", `${version}`),
            stream: "s",
            version,
            failures: index === 0 ? failures : {},
          }
        })
        const [first] = events
        return {
          lanes: { p0: [[{ name: `w${wave}.p0.0.0`, events }]], p1: [] },
          poison: first === undefined ? [] : poison.map((group) => ({ group, eventId: first.id })),
          replay,
          faults,
        }
      },
    ),
  }
}
