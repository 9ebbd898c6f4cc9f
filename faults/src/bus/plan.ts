import { deriveId } from "@annals/core"
import { createRandom, type Random } from "../harness/random.ts"
import { type ConsumerName, consumerNames, consumers, type GroupName, groupNames, retry } from "./groups.ts"
import {
  type BusFault,
  type ConsumerFaultKind,
  consumerKills,
  consumerStops,
  type PlannedEvent,
  type PublisherName,
  type PublishStep,
  publisherNames,
  type RoundPlan,
  type WavePlan,
} from "./round-plan.ts"

const lanesPerPublisher = 2
const streamsPerLane = 5
const stepsPerLane = 7
const mostEventsPerStep = 8
const mostPoison = 3

/**
 * The plan of a round: the same for the same seed and round. The broker is killed once, and so are a consumer and a publisher; a consumer is stopped, and
 * one leaves and joins anew. Now and then the broker dies in the middle of another fault.
 */
export function planRound(seed: number, round: number): RoundPlan {
  const random = createRandom("bus", seed, round)
  const others = random.sample<Strike>(
    [
      (events) => planConsumerFault(random, random.pick(consumerKills), events),
      (events) => planConsumerFault(random, random.pick(consumerStops), events),
      (events) => planConsumerFault(random, "leave", events),
      (events) => ({
        kind: "kill-publisher",
        publisher: random.pick(publisherNames),
        due: { of: "acknowledged", events: random.between(1, events) },
      }),
    ],
    4,
  )
  const killBroker: Strike = (events) => ({
    kind: "kill-broker",
    due: planDue(random, random.pick(["acknowledged", "handled"]), events),
  })
  const strikes = others.map((strike) => [strike])
  if (random.chance(40)) random.pick(strikes).push(killBroker)
  else strikes.splice(random.between(0, strikes.length), 0, [killBroker])
  const streams = new Streams(`${seed}/${round}`)
  return { waves: strikes.map((wave, index) => planWave(random, streams, index, wave)) }
}

/** Plans a fault of a wave with so many events. */
type Strike = (events: number) => BusFault

function planWave(random: Random, streams: Streams, wave: number, strikes: readonly Strike[]): WavePlan {
  const lanes = { p0: planLanes(random, streams, wave, "p0"), p1: planLanes(random, streams, wave, "p1") }
  const events = Object.values(lanes)
    .flat(2)
    .flatMap((step) => step.events)
  return {
    lanes,
    poison: groupNames.flatMap((group) =>
      random.sample(events, random.between(1, mostPoison)).map(({ id }) => ({ group, eventId: id })),
    ),
    replay: random.pick(["nothing", "as-it-is", "repaired"]),
    faults: strikes.map((strike) => strike(events.length)),
  }
}

function planLanes(
  random: Random,
  streams: Streams,
  wave: number,
  publisher: PublisherName,
): WavePlan["lanes"][PublisherName] {
  return Array.from({ length: lanesPerPublisher }, (_, index) => {
    const lane = `${publisher}.${index}`
    return Array.from({ length: stepsPerLane }, (_, step) =>
      planStep(random, streams, lane, `w${wave}.${lane}.${step}`),
    )
  })
}

function planStep(random: Random, streams: Streams, lane: string, name: string): PublishStep {
  // Many single events, as from a relay that keeps up, and pages, as from one that catches up.
  const size = random.chance(40) ? 1 : random.between(2, mostEventsPerStep)
  return {
    name,
    events: Array.from({ length: size }, () =>
      streams.next(`${lane}.${random.between(1, streamsPerLane)}`, planFailures(random)),
    ),
  }
}

function planFailures(random: Random): PlannedEvent["failures"] {
  const failing = groupNames.filter(() => random.chance(6))
  return Object.fromEntries(failing.map((group) => [group, random.between(1, retry.attempts - 2)]))
}

function planConsumerFault(random: Random, kind: ConsumerFaultKind, events: number): BusFault {
  const consumer: ConsumerName = random.pick(consumerNames)
  const group: GroupName = random.pick<GroupName>(consumers[consumer])
  return { kind, consumer, group, due: planDue(random, "handled", events) }
}

/** While there is still something to come. */
function planDue(random: Random, of: "acknowledged" | "handled", events: number): BusFault["due"] {
  return { of, events: random.between(1, of === "handled" ? events * (groupNames.length - 1) : events) }
}

/** Counts the versions of streams. */
class Streams {
  readonly #round: string
  readonly #versions = new Map<string, number>()

  constructor(round: string) {
    this.#round = round
  }

  next(stream: string, failures: PlannedEvent["failures"]): PlannedEvent {
    const version = (this.#versions.get(stream) ?? 0) + 1
    this.#versions.set(stream, version)
    return { id: deriveId("faults", this.#round, `${stream}#${version}`), stream, version, failures }
  }
}
