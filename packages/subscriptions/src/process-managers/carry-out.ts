import { createRepository, deriveId, isRefused, type NewEvent } from "@annals/core"
import { cancelDeadline, scheduleDeadline } from "../deadlines/deadline-table.ts"
import type { CommandDecision, ProcessDecision } from "./process-decision.ts"
import type { RefusedCommand } from "./process-manager.ts"
import { appendOwn, contextOf, isOvertaken, overtaken, type Process, type Source } from "./process-stream.ts"

type Decision = ProcessDecision<NewEvent, NewEvent>
type OtherDecision = Exclude<Decision, NewEvent>

/** Carries out what was decided on beside own events, in order, and then what the process makes of refusals, one after the other. */
export async function carryOut(
  source: Source,
  process: Process,
  decisions: readonly Decision[],
): Promise<void> {
  let after = process
  const left: (OtherDecision | RefusedCommand)[] = others(decisions)
  for (let number = 0; left.length > 0; number++) {
    source.signal.throwIfAborted()
    const next = left.shift() as OtherDecision | RefusedCommand
    // Whatever it is, it gets the same id whenever the source comes.
    const id = deriveId("process-work", source.rules.name, source.id, source.event.id, number)
    if (!("decision" in next)) {
      const reaction = source.rules.onRefused?.(after.state, next, contextOf(source, after)) ?? []
      after = await appendOwn(source, after, reaction)
      left.push(...others(reaction))
    } else if (next.decision === "execute") {
      const refused = await executeCommand(source, next, id)
      if (refused !== undefined) left.push(refused)
    } else await write(source, next, id)
  }
}

function others(decisions: readonly Decision[]): OtherDecision[] {
  return decisions.filter((decision): decision is OtherDecision => "decision" in decision)
}

async function write(
  { rules, event, id: process, unitOfWork }: Source,
  decision: Exclude<OtherDecision, CommandDecision>,
  id: string,
): Promise<void> {
  const { deadlines } = rules
  const key = {
    tenant: event.tenant,
    category: deadlines.name,
    process,
    id: "id" in decision ? decision.id : "",
  }
  switch (decision.decision) {
    case "schedule":
      return scheduleDeadline(
        unitOfWork,
        key,
        { dueAt: decision.at, event: { ...decision.event, id } },
        deadlines,
      )
    case "cancel":
      return cancelDeadline(unitOfWork, key)
    case "send":
      return unitOfWork.outbox.add([{ id, ...decision.message }])
    default:
      throw decision satisfies never
  }
}

/** Returns what was refused, if the process wants to know. */
async function executeCommand(
  { rules, own, signal }: Source,
  { aggregate, id, command, payload }: CommandDecision,
  commandId: string,
): Promise<RefusedCommand | undefined> {
  const repository = createRepository(own.events, aggregate as never) as unknown as AnyRepository
  try {
    await repository.execute(id, command, payload, { commandId, signal })
  } catch (error) {
    // Decided again in the whole transaction: it may have seen too little.
    if (isOvertaken(error)) throw overtaken(`${repository.category.name}/${id}`, error)
    if (rules.onRefused === undefined || !isRefused(error)) throw error
    const { reason, details } = error
    return { reason, details, category: repository.category.name, id, command, payload }
  }
  return undefined
}

interface AnyRepository {
  readonly category: { readonly name: string }
  execute(id: string, command: string, payload: unknown, options: object): Promise<unknown>
}
