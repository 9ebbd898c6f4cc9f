import { describeStream, type EventStore, type RecordedEvent } from "@annals/core"
import type { StoredFact } from "../check/run-record.ts"
import { type FactData, tally } from "./operation.ts"

/** What a store holds when all processes are gone. */
export interface Outcome {
  readonly stored: readonly StoredFact[]
  readonly streams: ReadonlyMap<string, readonly StoredFact[]>
  /** Names of operations, in the order in which they were tallied. */
  readonly tallied: readonly string[]
  /** Where the checkpoint stands that each tally moves by one. */
  readonly checkpoint: number
  /** Names of operations, in the order in which their messages wait to be sent. */
  readonly messages: readonly string[]
}

/** Reads everything that the check needs. */
export async function readOutcome(store: EventStore): Promise<Outcome> {
  const stored = (await store.readAll().toArray()).map(storedFact)
  const row = await store.readModels.get(tally.model, tally.id)
  const [slots] = await store.checkpoints.load(tally.subscription)
  return {
    stored,
    streams: await readStreams(store),
    tallied: (row?.value ?? []) as string[],
    checkpoint: slots?.position ?? 0,
    messages: await readMessages(store),
  }
}

async function readStreams(store: EventStore): Promise<Map<string, StoredFact[]>> {
  const streams = new Map<string, StoredFact[]>()
  for await (const { stream } of store.listStreams()) {
    streams.set(describeStream(stream), (await store.readStream(stream).toArray()).map(storedFact))
  }
  return streams
}

async function readMessages({ outbox }: EventStore): Promise<string[]> {
  const messages: string[] = []
  let after = 0
  while (true) {
    const page = await outbox.read({ topic: tally.topic, after })
    const last = page.at(-1)
    if (last === undefined) return messages
    messages.push(...page.map(({ body }) => body as string))
    after = last.sequence
  }
}

function storedFact({ id, stream, version, position, data }: RecordedEvent): StoredFact {
  const { fact, readVersion } = data as FactData
  const place = { fact, id, stream: describeStream(stream), version, position }
  return readVersion === undefined ? place : { ...place, requiredVersion: readVersion }
}
