import { createMemoryStore } from "@annals/core"
import { InMemoryEventStorageAdapter } from "@castore/event-storage-adapter-in-memory"
import { getInMemoryEventStore } from "@event-driven-io/emmett"
import { median } from "../../harness/median.ts"
import type { Bench, Contestant, Scenario } from "../../harness/scenario.ts"
import { createAnnalsBank } from "./banks/annals-bank.ts"
import type { Bank } from "./banks/bank.ts"
import { createBareBank } from "./banks/bare-bank.ts"
import { createCastoreBank } from "./banks/castore-bank.ts"
import { createEmmettBank } from "./banks/emmett-bank.ts"
import type { CoreParameters } from "./core-parameters.ts"
import { executeRound } from "./execute-round.ts"
import { idleObserver, operationsPerCommand } from "./idle-observer.ts"

/** Commands on memory stores: load, decide, append, one after the other. */
export const execute: Scenario<CoreParameters> = {
  name: "execute",
  unit: "commands/s",
  better: "higher",
  rounds: ({ rounds }) => rounds,
  async prepare(bench) {
    const contestant = (bank: Bank): Contestant => ({ round: executeRound(bank, bench.parameters) })
    await noteObserver(bench)
    return {
      ours: contestant(createAnnalsBank(createMemoryStore())),
      bare: contestant(createBareBank()),
      peers: {
        emmett: contestant(createEmmettBank(getInMemoryEventStore())),
        castore: contestant(createCastoreBank(new InMemoryEventStorageAdapter({}))),
        // Not act: its memory store waits for a timer at every call.
      },
    }
  },
}

async function noteObserver({ parameters, note }: Bench<CoreParameters>): Promise<void> {
  const rounds = {
    without: executeRound(createAnnalsBank(createMemoryStore()), parameters),
    with: executeRound(createAnnalsBank(createMemoryStore({ observer: idleObserver })), parameters),
  }
  const rates: Record<keyof typeof rounds, number[]> = { without: [], with: [] }
  for (let turn = 0; turn < parameters.rounds; turn++) {
    for (const name of ["without", "with"] as const) {
      rates[name].push(await rounds[name]())
    }
  }
  const microseconds = (name: keyof typeof rounds) => 1_000_000 / median(rates[name])
  const perOperation = (microseconds("with") - microseconds("without")) / operationsPerCommand
  note(
    `without an observer a command takes ${microseconds("without").toFixed(2)} µs; one that does nothing adds ${perOperation.toFixed(2)} µs to each of its ${operationsPerCommand} operations`,
  )
}
