import { createTelemetry } from "@annals/telemetry"
import type { Contestant, Scenario } from "../../harness/scenario.ts"
import { perSecond } from "../../harness/time.ts"
import { depositOf } from "../deposits/deposit.ts"
import { createAnnalsLedger } from "../sqlite/ledgers/annals-ledger.ts"
import type { Ledger } from "../sqlite/ledgers/ledger.ts"
import { registerSdk } from "./registered-sdk.ts"
import type { TelemetryParameters } from "./telemetry-parameters.ts"

/** `sqlite/append-1` with a span and metrics for each append, whose context goes into the event. Bare is the same without. */
export const appendOn: Scenario<TelemetryParameters> = {
  name: "append-on",
  unit: "events/s",
  better: "higher",
  goals: [{ ratioTo: "bare", atLeast: 0.9 }],
  rounds: ({ appendRounds }) => appendRounds,
  warmUps: ({ appendWarmUps }) => appendWarmUps,
  async prepare({ parameters, newPath }) {
    const sdk = registerSdk()
    const ours = appender(await createAnnalsLedger(newPath("on.db"), createTelemetry()), parameters)
    let spans = 0
    return {
      ours: {
        round() {
          spans += parameters.singleAppends
          return ours.round()
        },
        async [Symbol.asyncDispose]() {
          await ours[Symbol.asyncDispose]?.()
          await sdk.unregister(spans)
        },
      },
      bare: appender(await createAnnalsLedger(newPath("without.db")), parameters),
    }
  },
}

function appender(ledger: Ledger, { singleAppends }: TelemetryParameters): Contestant {
  let version = 0
  return {
    round: () =>
      perSecond(singleAppends, async () => {
        for (let index = 0; index < singleAppends; index++) {
          await ledger.append("alice", [depositOf(version, "alice")], version)
          version++
        }
      }),
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}
