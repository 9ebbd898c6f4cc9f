import type { ConsumerName, GroupName } from "./groups.ts"

/** Everything that one round does and suffers, as its seed decides. Faults strike at points in the work, never at times. */
export interface RoundPlan {
  /** One after the other. */
  readonly waves: readonly WavePlan[]
}

export const publisherNames = ["p0", "p1"] as const

export type PublisherName = (typeof publisherNames)[number]

/** Some events, and what happens in the middle of them. */
export interface WavePlan {
  /** Lanes run at the same time, each a step at a time. The events of a stream are in one lane of all waves. */
  readonly lanes: Readonly<Record<PublisherName, readonly Lane[]>>
  /** Which group can't take which events before they are repaired. */
  readonly poison: readonly Poison[]
  /** What is done about all dead letters when the wave is published. */
  readonly replay: "nothing" | "as-it-is" | "repaired"
  /** All at the same time, each when it is due. */
  readonly faults: readonly BusFault[]
}

type Lane = readonly PublishStep[]

/** One call of `publish`. Until it is acknowledged it is made again, with the same events in the same order. */
export interface PublishStep {
  readonly name: string
  readonly events: readonly PlannedEvent[]
}

export interface PlannedEvent {
  readonly id: string
  readonly stream: string
  readonly version: number
  /** How often handling it fails before it succeeds, in these groups. Fewer than there are attempts. */
  readonly failures: Readonly<Partial<Record<GroupName, number>>>
}

/** An event that a group can't take before it is repaired. */
export interface Poison {
  readonly group: GroupName
  readonly eventId: string
}

/**
 * - `kill-broker`: all its processes at once; it is started again on its data
 * - `kill-publisher`: in the middle of whatever comes next
 * - `kill-after-events`: a consumer, in the middle of whatever comes next
 * - `kill-before-effect`, `kill-in-effect`, `kill-after-effect`: it has been handed an event and written nothing; written and not committed; committed
 *   and not acknowledged
 * - `stop-before-effect`, `stop-after-effect`: it is frozen there, and goes on when others have handled all that it held
 * - `leave`: it stops in order, and joins anew when others have gone on
 *
 * Whatever is killed is started again.
 */
export type BusFault = BrokerFault | PublisherFault | ConsumerFault

interface BrokerFault {
  readonly kind: "kill-broker"
  readonly due: Due
}

interface PublisherFault {
  readonly kind: "kill-publisher"
  readonly publisher: PublisherName
  readonly due: Due
}

export interface ConsumerFault {
  readonly kind: ConsumerFaultKind
  readonly consumer: ConsumerName
  /** In which of its groups, where it strikes at an event. */
  readonly group: GroupName
  readonly due: Due
}

/** When so many events of the wave are acknowledged, or handled by all groups together; or when nothing is left to make it due. */
export interface Due {
  readonly events: number
  readonly of: "acknowledged" | "handled"
}

export const consumerKills = [
  "kill-after-events",
  "kill-before-effect",
  "kill-in-effect",
  "kill-after-effect",
] as const

export const consumerStops = ["stop-before-effect", "stop-after-effect"] as const

export type ConsumerFaultKind = (typeof consumerKills)[number] | (typeof consumerStops)[number] | "leave"

/** Where a handler waits for its fault. */
export type Moment = "before-effect" | "in-effect" | "after-effect"

/** The moment that a fault waits for; `undefined`: none. */
export function momentOf(kind: ConsumerFaultKind): Moment | undefined {
  switch (kind) {
    case "kill-before-effect":
    case "stop-before-effect":
      return "before-effect"
    case "kill-in-effect":
      return "in-effect"
    case "kill-after-effect":
    case "stop-after-effect":
      return "after-effect"
    default:
      return undefined
  }
}

/** All events of a plan, those of a stream in their order. */
export function eventsOf({ waves }: RoundPlan): PlannedEvent[] {
  return waves.flatMap((wave) => eventsOfWave(wave))
}

function eventsOfWave({ lanes }: WavePlan): PlannedEvent[] {
  return publisherNames.flatMap((name) => lanes[name].flat().flatMap(({ events }) => events))
}
