import type { RecordedEvent } from "../events/event.ts"
import { deriveId } from "../ids/derive-id.ts"
import type { TypedStream } from "../streams/stream.ts"
import { loadAggregate } from "./load-aggregate.ts"
import type { ExecuteResult } from "./repository.ts"
import { type RepositoryCore, streamKeyOf } from "./repository-core.ts"

/** The id of a command's event: the same for every repetition of the command. */
export function commandEventId(
  core: RepositoryCore,
  stream: TypedStream,
  commandId: string,
  index: number,
): string {
  const { tenant, category, id } = streamKeyOf(core, stream)
  return deriveId(tenant, category, id, commandId, index)
}

/** What an earlier call with this command id returned, if there was one that recorded events. */
export async function findEarlierResult(
  core: RepositoryCore,
  stream: TypedStream,
  commandId: string | undefined,
): Promise<ExecuteResult<unknown> | undefined> {
  if (commandId === undefined) return undefined
  const first = await core.log.findEvent(commandEventId(core, stream, commandId, 0), { unreadable: "raw" })
  if (first === undefined) return undefined
  const events: RecordedEvent[] = []
  for await (const event of core.log.readStream(stream, { after: first.version - 1 })) {
    if (event.id !== commandEventId(core, stream, commandId, events.length)) break
    events.push(event)
  }
  const { version, position } = events.at(-1) ?? first
  const root = await loadAggregate(core, stream.id, { atVersion: version })
  return { state: core.behaviour.stateOf(root), version, events, position, repeated: true }
}
