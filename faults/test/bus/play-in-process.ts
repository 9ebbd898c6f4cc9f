import { join } from "node:path"
import type { EventBus, subscribeWithInbox } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { Calls } from "../../src/bus/calls.ts"
import { checkBus } from "../../src/bus/check-bus.ts"
import { addPoison, createTables, repair } from "../../src/bus/effects.ts"
import { type GroupName, groupNames } from "../../src/bus/groups.ts"
import { joinGroup } from "../../src/bus/join-group.ts"
import { publishSteps } from "../../src/bus/publish-steps.ts"
import { eventsOf, type PublishStep, publisherNames, type RoundPlan } from "../../src/bus/round-plan.ts"
import { settle } from "../../src/bus/settle.ts"
import { Watch } from "../../src/bus/watch.ts"
import { Findings } from "../../src/check/findings.ts"
import { Progress } from "../../src/harness/progress.ts"
import { WorkFolder } from "../../src/harness/work-folder.ts"

/** What plays. */
export interface Cast {
  readonly bus: EventBus
  readonly withInbox?: typeof subscribeWithInbox
  /** Whether the bus may hand out again what was handled. Default: it may not. */
  readonly repeats?: boolean
}

/** Plays a plan in this process, where nobody is killed; a fault is that all consumers leave in its middle, and join anew. Closes the bus. */
export async function playInProcess(
  plan: RoundPlan,
  { bus, withInbox, repeats = false }: Cast,
): Promise<Findings> {
  using folder = new WorkFolder()
  const file = join(folder.path, "effects.db")
  await using store = createSqliteStore({ file, durability: "off" })
  await store.transaction(({ tx }) => createTables(tx))
  await using open = bus
  const over = new AbortController()
  const progress = new Progress(over.signal)
  const calls = new Calls()
  const work = {
    store,
    name: "here",
    pauses: {
      around: <Result>(_: GroupName, transact: (inEffect: () => Promise<void>) => Promise<Result>) =>
        transact(async () => {}),
      writing: <Result>(write: () => Promise<Result>) => write(),
    },
    tell: async (message: Parameters<Calls["add"]>[0]) => {
      calls.add(message)
      progress.changed()
    },
    ...(withInbox && { withInbox }),
  }
  const joinAll = () => Promise.all(groupNames.map((group) => joinGroup(open, group, work)))
  const joinTwice = async () => [...(await joinAll()), ...(await joinAll())]
  let consumers = await joinTwice()
  const watch = new Watch(open, store, file, progress, () =>
    Promise.all(consumers.map((consumer) => consumer.lag().catch(() => undefined))),
  )
  const watching = watch.run(over.signal)
  for (const { lanes, poison, replay, faults } of plan.waves) {
    await store.transaction(({ tx }) => addPoison(tx, poison))
    const acknowledged = (steps: readonly PublishStep[]) => (name: string) =>
      watch.acknowledge(steps.find((step) => step.name === name)?.events.map(({ id }) => id) ?? [])
    await Promise.all(
      publisherNames.flatMap((name) =>
        lanes[name].map((steps) => publishSteps(open, steps, acknowledged(steps))),
      ),
    )
    const [fault] = faults
    if (fault !== undefined) {
      await progress.until(() => calls.handled >= fault.due.events)
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      consumers = await joinTwice()
    }
    if (replay === "repaired") await store.transaction(({ tx }) => repair(tx))
    if (replay !== "nothing") await watch.replay()
  }
  const putAside = await settle({
    watch,
    untilNothingWaits: () => progress.until(() => watch.nothingWaits),
    repair: () => store.transaction(({ tx }) => repair(tx)),
  })
  over.abort()
  await watching
  const findings = new Findings()
  const repaired = plan.waves.findLastIndex(({ replay }) => replay === "repaired")
  checkBus(
    {
      published: eventsOf(plan),
      effects: watch.effects,
      calls: calls.records,
      poison: plan.waves.flatMap(({ poison }) => poison),
      unrepaired: plan.waves.slice(repaired + 1).flatMap(({ poison }) => poison),
      putAside,
      quiet: !repeats,
    },
    findings,
  )
  return findings
}
