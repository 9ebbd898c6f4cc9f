import { causedBy, checkName, describeStream, type RecordedEvent } from "@annals/core"
import { takeDeadline } from "../deadlines/deadline-table.ts"
import type { TransactionContext } from "../subscription/handling.ts"
import { carryOut } from "./carry-out.ts"
import type { ProcessRules } from "./process-rules.ts"
import { appendOwn, contextOf, isOvertaken, loadProcess, overtaken, type Source } from "./process-stream.ts"

const attempts = 10

/** Handles an event, unless that was done already: all that comes of it is written in the unit of work. */
export async function handleOnce(
  rules: ProcessRules,
  event: RecordedEvent,
  { unitOfWork, signal }: TransactionContext,
): Promise<void> {
  const isDeadline = event.stream.category === rules.deadlines.name
  const id = isDeadline ? event.stream.id : rules.processOf(event)
  if (id === undefined) return
  checkName(id, "correlate")
  const source = { rules, event, id, unitOfWork, own: unitOfWork.forTenant(event.tenant), signal }
  await causedBy(event, async () => {
    if (isDeadline && !(await takeDeadline(unitOfWork, event))) return
    await decideAndCarryOut(source)
  })
}

/**
 * Own events are appended before anything else is done: that shows whether somebody was faster, and keeps everybody else from the process until the
 * transaction ends.
 */
async function decideAndCarryOut(source: Source): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    source.signal.throwIfAborted()
    const before = await loadProcess(source)
    if (before.ended || before.handled) return
    const decisions = source.rules.decide(before.state, source.event, contextOf(source, before))
    const after = await appendOwn(source, before, decisions).catch((error: unknown) => {
      if (!isOvertaken(error)) throw error
    })
    if (after !== undefined) return carryOut(source, after, decisions)
  }
  throw overtaken(describeStream(source.rules.category.stream(source.id)))
}
