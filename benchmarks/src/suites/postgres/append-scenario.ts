import type { Scenario } from "../../harness/scenario.ts"
import type { Goal } from "../../report/goal.ts"
import { type AppendSequence, appendSequence } from "./append-sequence.ts"
import { databaseContestants } from "./database-contestants.ts"
import { openAnnalsLedger } from "./ledgers/annals-ledger.ts"
import { openBareLedger } from "./ledgers/bare-ledger.ts"
import { openCastoreAppender } from "./ledgers/castore-appender.ts"
import { openEmmettLedger } from "./ledgers/emmett-ledger.ts"
import { openInsertLedger } from "./ledgers/insert-ledger.ts"
import type { Appender, Open } from "./ledgers/ledger.ts"
import type { PostgresParameters } from "./postgres-parameters.ts"

const contestants: Readonly<Record<string, Open<Appender>>> = {
  ours: openAnnalsLedger,
  bare: openBareLedger,
  insert: openInsertLedger,
  emmett: openEmmettLedger,
  castore: openCastoreAppender,
}

const manyTurns = {
  rounds: ({ rounds }: PostgresParameters) => rounds,
  warmUps: ({ warmUps }: PostgresParameters) => warmUps,
}

/** Appends at expected versions, by everybody who can. */
export function appendScenario(
  name: string,
  goals: readonly Goal[],
  sequence: (parameters: PostgresParameters) => AppendSequence,
  turns: Pick<Scenario<PostgresParameters>, "rounds" | "warmUps"> = manyTurns,
): Scenario<PostgresParameters> {
  return {
    name,
    unit: "events/s",
    better: "higher",
    goals,
    ...turns,
    prepare: ({ parameters }) =>
      databaseContestants(contestants, async (appender) => appendSequence(appender, sequence(parameters))),
  }
}
