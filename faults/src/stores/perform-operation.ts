import {
  type AppendResult,
  type EventLog,
  type EventStore,
  isAnnalsError,
  type NewEvent,
  type UnitOfWork,
} from "@annals/core"
import {
  type Answer,
  type FactData,
  type Moment,
  type Operation,
  type PlannedEvent,
  tally,
} from "./operation.ts"

/** What surrounds one operation in a writer's process. */
interface PerformContext {
  /** The moment at which a fault is to strike; `undefined`: at none. */
  readonly pausesAt: Moment | undefined
  /** Waits there for the fault. In a transaction, it wants to know in which. */
  pause(unitOfWork?: UnitOfWork<unknown>): Promise<void>
  /** Tells the world how it came out: from here on the writer stands for it. */
  answer(answer: Answer): Promise<void>
}

/** How a writer does an operation. Tests put broken ones in its place. */
export type Perform = (store: EventStore, operation: Operation, context: PerformContext) => Promise<void>

/** Does an operation, for the first time or again, and then answers. */
export const performOperation: Perform = async (store, operation, { pausesAt, pause, answer }) => {
  const inside = pausesAt === "in-transaction" || pausesAt === "at-commit"
  const outcome = await outcomeOf(() =>
    inside ? recordAndPause(store, operation, pause) : record(store, operation),
  )
  if (pausesAt === "after-commit") await pause()
  await answer(outcome)
}

async function outcomeOf(append: () => Promise<AppendResult>): Promise<Answer> {
  try {
    const { positions } = await append()
    return { outcome: "acknowledged", positions }
  } catch (error) {
    if (isAnnalsError(error, "CONDITION_FAILED")) return { outcome: "refused" }
    throw error
  }
}

/** Pauses when all is written and nothing committed, also where the append was refused or done earlier. */
function recordAndPause(
  store: EventStore,
  operation: Operation,
  pause: PerformContext["pause"],
): Promise<AppendResult> {
  return store.transaction(async (unitOfWork) => {
    try {
      const result = await recordIn(unitOfWork, operation)
      await pause(unitOfWork)
      return result
    } catch (error) {
      if (isAnnalsError(error, "CONDITION_FAILED")) await pause(unitOfWork)
      throw error
    }
  })
}

async function record(store: EventStore, operation: Operation): Promise<AppendResult> {
  switch (operation.kind) {
    case "tally":
      return store.transaction((unitOfWork) => recordIn(unitOfWork, operation))
    case "tally-before":
      return store.appendToStreams(newEvents(operation), {
        before: (unitOfWork) => addToTally(unitOfWork, operation.name),
      })
    default:
      return append(store, operation)
  }
}

async function recordIn(unitOfWork: UnitOfWork<unknown>, operation: Operation): Promise<AppendResult> {
  const result = await append(unitOfWork.events, operation)
  const tallies = operation.kind === "tally" || operation.kind === "tally-before"
  if (tallies && !result.repeated) await addToTally(unitOfWork, operation.name)
  return result
}

function append(log: EventLog<never>, operation: Operation): Promise<AppendResult> {
  if (operation.kind === "count") return appendAtVersion(log, operation)
  if (operation.kind !== "booking") return log.appendToStreams(newEvents(operation))
  const seat = operation.appends[0]?.events[0]?.tags[0] as string
  return log.appendToStreams(newEvents(operation), { condition: { query: [{ tags: [seat] }] } })
}

/** Decides again, under the same ids, when somebody else was faster. */
async function appendAtVersion(log: EventLog<never>, operation: Operation): Promise<AppendResult> {
  const [{ stream } = unplanned()] = operation.appends
  while (true) {
    const readVersion = await log.streamVersion(stream)
    const [{ events } = unplanned()] = newEvents(operation, { readVersion })
    try {
      return await log.append(stream, events, { expected: readVersion })
    } catch (error) {
      if (!isAnnalsError(error, "VERSION_CONFLICT")) throw error
    }
  }
}

function unplanned(): never {
  throw new Error("an operation without an append was planned")
}

/** The events of an operation as they are given to the store. */
export function newEvents(operation: Operation, more: Pick<FactData, "readVersion"> = {}) {
  return operation.appends.map(({ stream, events }) => ({
    stream,
    events: events.map((event) => newEvent(event, more)),
  }))
}

function newEvent(
  { id, type, tags, fact, filling }: PlannedEvent,
  more: Pick<FactData, "readVersion">,
): NewEvent {
  const data: FactData = { fact, filling: "x".repeat(filling), ...more }
  return { id, type, tags, data }
}

/** One read model, one checkpoint and one queue for all writers: whoever isn't in the transaction of its append shows. */
export async function addToTally(
  { events, readModels, checkpoints, outbox }: UnitOfWork<unknown>,
  operation: string,
): Promise<void> {
  const row = await readModels.get(tally.model, tally.id)
  const operations = (row?.value ?? []) as string[]
  const saved = await readModels.save(tally.model, tally.id, [...operations, operation], {
    expectedVersion: row?.version ?? 0,
  })
  const [slot] = await checkpoints.load(tally.subscription)
  const from = slot?.position ?? 0
  const advanced = await checkpoints.advance(tally.subscription, { from, to: from + 1 })
  if (saved === "conflict" || advanced !== "advanced")
    throw new Error("somebody else wrote inside of a unit of work")
  // A new id each time: the same one would be kept once, and hide what is done twice.
  await outbox.add([{ id: events.generateId(), topic: tally.topic, body: operation }])
}
