import type { BusDriver, GroupMembership } from "./bus-driver.ts"
import type { BusSettings } from "./bus-settings.ts"
import { Consumer } from "./consumer.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { Intake } from "./intake.ts"
import { observeBus } from "./observe-bus.ts"
import { ParkedStreams } from "./parked-streams.ts"
import { Replays } from "./replays.ts"

/** A consumer with what it is made of. */
export interface RunningConsumer {
  readonly consumer: Consumer
  readonly membership: GroupMembership
  /** Only with a dead letter store. */
  readonly replays: Replays | undefined
}

/** Joins the group and begins to work. */
export async function startConsumer(
  driver: BusDriver,
  bus: BusSettings,
  settings: ConsumerSettings,
): Promise<RunningConsumer> {
  const { group, deadLetters } = settings
  const intake = new Intake(bus, settings)
  const membership = await driver.join(intake)
  const parked = deadLetters && new ParkedStreams(deadLetters, group)
  const consumer = new Consumer(bus, settings, membership, parked, observeBus(bus, driver, group))
  const replays = parked && new Replays(bus, parked, intake, membership, consumer)
  intake.start(consumer, replays && ((hold) => replays.prepare(hold)))
  if (replays !== undefined) runUntilDone(replays, consumer)
  return { consumer, membership, replays }
}

/** Joins the group, by which it comes to exist, and leaves it, with nothing handled. */
export async function joinAndLeave(
  driver: BusDriver,
  bus: BusSettings,
  settings: ConsumerSettings,
): Promise<void> {
  const intake = new Intake(bus, settings)
  const membership = await driver.join(intake)
  const consumer = new Consumer(bus, settings, membership, undefined, undefined)
  consumer.pause()
  intake.start(consumer)
  await consumer.stop() // also where it failed over what the group has: it is there
}

function runUntilDone(replays: Replays, consumer: Consumer): void {
  const ending = new AbortController()
  const end = () => ending.abort()
  consumer.whenStopping(end)
  void replays.run(ending.signal)
}
