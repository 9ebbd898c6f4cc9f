import { inspect } from "node:util"
import { type CommandContext, type ErrorCode, isAnnalsError, isRefusal, type NewEvent } from "@annals/core"
import type { AggregateRules, Outcome } from "./aggregate-rules.ts"
import { assertSame, fail } from "./assert-same.ts"

/** An aggregate with a history. */
export interface GivenAggregate<Event extends NewEvent, State, Commands> {
  /** Gives it a command; `context` fills in what the command looks at besides its payload. */
  when<const Name extends keyof Commands & string>(
    command: Name,
    ...payload: PayloadAndContext<Commands[Name]>
  ): AfterCommand<Event, State>
  /** Its state after its history. A function may look at it by assertions of its own. */
  thenState(expected: State | ((state: State) => void)): GivenAggregate<Event, State, Commands>
}

type PayloadAndContext<Payload> = undefined extends Payload
  ? [payload?: Payload, context?: Partial<CommandContext>]
  : [payload: Payload, context?: Partial<CommandContext>]

/** What came of a command. */
export interface AfterCommand<Event extends NewEvent, State> {
  /**
   * Exactly these events, in this order. Type and data are compared, and of id, metadata, tags and time those that the expected event has.
   */
  thenEvents(expected: readonly Event[]): AfterCommand<Event, State>
  /** No event and no refusal. */
  thenNothing(): AfterCommand<Event, State>
  /** A refusal with this reason, and with these details where they are given. */
  thenRefused(reason: string, details?: unknown): void
  /** An error with this code, such as that of an event whose data its type refused. */
  thenFails(code: ErrorCode): void
  /** The state after the new events. A function may look at it by assertions of its own. */
  thenState(expected: State | ((state: State) => void)): AfterCommand<Event, State>
}

export function givenAggregate(
  rules: AggregateRules,
  events: readonly NewEvent[],
): GivenAggregate<NewEvent, unknown, Record<string, unknown>> {
  const history = `${rules.name}, given ${events.length === 0 ? "nothing" : events.map(({ type }) => type).join(", ")}`
  const scenario: ReturnType<typeof givenAggregate> = {
    when(command, payload, context = {}) {
      const headline = `${history}, when "${command}"${payload === undefined ? "" : ` ${inspect(payload)}`}`
      return afterCommand(
        headline,
        attempt(() => rules.decide(events, command, payload, context)),
      )
    },
    thenState(expected) {
      checkState(rules.stateAfter(events), expected, history)
      return scenario
    },
  }
  return scenario
}

type Attempt = { readonly outcome: Outcome } | { readonly error: unknown }

function attempt(decide: () => Outcome): Attempt {
  try {
    return { outcome: decide() }
  } catch (error) {
    return { error }
  }
}

function afterCommand(headline: string, attempt: Attempt): AfterCommand<NewEvent, unknown> {
  const accepted = () => {
    if ("error" in attempt)
      return fail(`${headline}: failed with ${attempt.error}`, attempt.error, undefined, attempt.error)
    const { outcome } = attempt
    if (!isRefusal(outcome)) return outcome
    const { reason, details } = outcome
    return fail(
      `${headline}: refused with "${reason}"${details === undefined ? "" : ` ${inspect(details)}`}`,
      outcome,
    )
  }
  const after: AfterCommand<NewEvent, unknown> = {
    thenEvents(expected) {
      const actual = accepted().events.map((event, index) => comparable(event, expected[index]))
      const wanted = expected.map((event) => comparable(event, event))
      assertSame(actual, wanted, `${headline}: the events differ`)
      return after
    },
    thenNothing: () => after.thenEvents([]),
    thenRefused(reason, ...details) {
      if ("error" in attempt) return void accepted()
      const { outcome } = attempt
      if (!isRefusal(outcome)) {
        const types = outcome.events.map(({ type }) => type).join(", ") || "no event"
        return fail(
          `${headline}: led to ${types}, where the refusal "${reason}" was expected`,
          outcome.events,
        )
      }
      const withDetails = details.length > 0
      const actual = { reason: outcome.reason, ...(withDetails && { details: outcome.details }) }
      assertSame(
        actual,
        { reason, ...(withDetails && { details: details[0] }) },
        `${headline}: the refusals differ`,
      )
    },
    thenFails(code) {
      if (!("error" in attempt))
        return fail(`${headline}: didn't fail, where ${code} was expected`, attempt.outcome)
      if (!isAnnalsError(attempt.error, code)) {
        fail(
          `${headline}: failed with ${attempt.error}, where ${code} was expected`,
          attempt.error,
          code,
          attempt.error,
        )
      }
    },
    thenState(expected) {
      checkState(accepted().state, expected, headline)
      return after
    },
  }
  return after
}

export function checkState<State>(
  state: State,
  expected: State | ((state: State) => void),
  headline: string,
): void {
  if (typeof expected === "function") (expected as (state: State) => void)(state)
  else assertSame(state, expected, `${headline}: the states differ`)
}

/** What the expected event says something about. */
function comparable(event: NewEvent, expected: NewEvent | undefined): Partial<NewEvent> {
  const { type, data } = event
  const told = (["id", "metadata", "tags", "occurredAt"] as const).filter(
    (field) => expected?.[field] !== undefined,
  )
  return { type, data, ...Object.fromEntries(told.map((field) => [field, event[field]])) }
}
