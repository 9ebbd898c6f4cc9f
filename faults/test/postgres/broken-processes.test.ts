import { usingService } from "@annals/services"
import { WorkFolder } from "../../src/harness/work-folder.ts"
import { sitesOn } from "../../src/postgres/postgres-sites.ts"
import type { Sites } from "../../src/stores/site.ts"
import { createStoreSuite } from "../../src/stores/store-suite.ts"
import { type BrokenProcess, findsOut, notes } from "../stores/broken-processes.ts"
import { operation, type SmallPlan } from "../stores/small-plan.ts"
import { useServer } from "./test-server.ts"

/** The second writer commits above what the first holds, and the reader comes to the end, before the first goes on. */
const overtaken: SmallPlan = {
  operations: [[operation("note", "w0.0.0", ["held"])], notes("w1.0", 6, "free")],
  faults: [{ kind: "stop-in-transaction", operation: "w0.0.0", abandons: false }],
  secondStartsAtStopOf: "w0.0.0",
}

/** The second writer books the seat that the first has booked in a transaction that is still open. */
const contested: SmallPlan = {
  operations: [
    [operation("booking", "w0.0.0", ["first"], ["seat-1"])],
    [operation("booking", "w1.0.0", ["second"], ["seat-1"])],
  ],
  besides: notes("w1.1", 6, "free"),
  faults: [{ kind: "stop-in-transaction", operation: "w0.0.0", abandons: false }],
  secondStartsAtStopOf: "w0.0.0",
}

function striking(
  kind:
    | "terminate-in-transaction"
    | "terminate-at-commit"
    | "kill-server-in-transaction"
    | "kill-server-at-commit",
): SmallPlan {
  return { operations: [notes("w0.0", 3)], faults: [{ kind, operation: "w0.0.1", abandons: false }] }
}

const broken: readonly BrokenProcess[] = [
  [
    "a reader that takes whatever is there and steps over gaps",
    { reader: "postgres/unbounded" },
    overtaken,
    "skipped",
  ],
  [
    "a reader that goes on from the highest position",
    { reader: "postgres/max-position" },
    overtaken,
    "skipped",
  ],
  [
    "a reader that waits for transactions of others",
    { reader: "postgres/patient" },
    { operations: [notes("w0.0", 3)] },
    "skipped",
  ],
  [
    "a writer that looks whether a seat is taken, and then takes it",
    { writer: "postgres/looking" },
    contested,
    "doubled",
  ],
  [
    "a writer that takes new ids when it lost its connection at the commit",
    { writer: "stores/new-ids" },
    striking("terminate-at-commit"),
    "doubled",
  ],
  [
    "a writer that takes new ids when the server was killed at the commit",
    { writer: "stores/new-ids" },
    striking("kill-server-at-commit"),
    "doubled",
  ],
  [
    "a writer that has acknowledged what its lost connection takes with it",
    { writer: "stores/early" },
    striking("terminate-in-transaction"),
    "lost",
  ],
  [
    "a writer that has acknowledged what the killed server hadn't committed",
    { writer: "stores/early" },
    striking("kill-server-in-transaction"),
    "lost",
  ],
]

usingService("postgres", () => {
  const server = useServer()
  let opened: Promise<Sites> | undefined
  let rounds = 0

  async function openSites(): Promise<Sites> {
    opened ??= sitesOn(server())
    const sites = await opened
    return {
      create: (_, plan) => sites.create(++rounds, plan),
      keep: () => {},
      [Symbol.asyncDispose]: async () => {}, // the server ends with the tests
    }
  }

  findsOut(
    "postgres",
    async (entries, plan) => {
      using folder = new WorkFolder()
      const suite = createStoreSuite({ name: "postgres", entries, plan: () => plan, openSites })
      return (await suite.run({ seed: 1, rounds: 1, folder: folder.path })).result
    },
    broken,
  )
})
