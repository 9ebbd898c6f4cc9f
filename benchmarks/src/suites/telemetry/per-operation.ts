import { createMemoryStore, type Observer } from "@annals/core"
import { createTelemetry } from "@annals/telemetry"
import type { Contestant, Scenario } from "../../harness/scenario.ts"
import { createAnnalsBank } from "../core/banks/annals-bank.ts"
import { executeRound } from "../core/execute-round.ts"
import { idleObserver, operationsPerCommand } from "../core/idle-observer.ts"
import { registerSdk } from "./registered-sdk.ts"
import type { TelemetryParameters } from "./telemetry-parameters.ts"

/**
 * What an observer adds to each operation, as the front makes them: the operation's object, the call, what it does to the events. Commands on a memory store, which does
 * little else; the difference of two turns that follow one another. `idle` is an observer that does nothing.
 */
const perOperation = {
  unit: "ns",
  better: "lower",
  rounds: ({ pairs }) => pairs,
  warmUps: ({ warmUps }) => warmUps,
} satisfies Partial<Scenario<TelemetryParameters>>

export const offPerOperation: Scenario<TelemetryParameters> = {
  ...perOperation,
  name: "off-per-operation",
  goals: [{ atMost: 1_000 }],
  prepare: async ({ parameters }) => ({
    ours: added(createTelemetry(), parameters),
    peers: { idle: added(idleObserver, parameters) },
  }),
}

export const onPerOperation: Scenario<TelemetryParameters> = {
  ...perOperation,
  name: "on-per-operation",
  async prepare({ parameters }) {
    const sdk = registerSdk()
    const { round } = added(createTelemetry(), parameters)
    let spans = 0
    return {
      ours: {
        round() {
          spans += parameters.commands * operationsPerCommand
          return round()
        },
        [Symbol.asyncDispose]: () => sdk.unregister(spans),
      },
      peers: { idle: added(idleObserver, parameters) },
    }
  },
}

/** A round is a pair of turns, in changing order; each has a store of its own, as small as the others. */
function added(observer: Observer, parameters: TelemetryParameters): Contestant {
  const turn = async (given?: Observer) => {
    const execute = executeRound(
      createAnnalsBank(createMemoryStore(given && { observer: given })),
      parameters,
    )
    return 1_000_000_000 / (await execute()) / operationsPerCommand
  }
  let isWithFirst = false
  return {
    async round() {
      isWithFirst = !isWithFirst
      const first = await turn(isWithFirst ? observer : undefined)
      const second = await turn(isWithFirst ? undefined : observer)
      return isWithFirst ? first - second : second - first
    },
  }
}
