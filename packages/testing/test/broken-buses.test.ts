import assert from "node:assert/strict"
import { describe, it } from "vitest"
import { type CreateBusSubject, eventBusConformance } from "../src/index.ts"
import type { BrokenBus } from "./broken-buses/broken-bus.ts"
import * as groups from "./broken-buses/groups.ts"
import * as lifecycleAndNumbers from "./broken-buses/lifecycle-and-numbers.ts"
import { sharedMemoryBus } from "./broken-buses/memory-bus-subject.ts"
import * as publishing from "./broken-buses/publishing.ts"
import * as retrying from "./broken-buses/retrying.ts"
import { collectTests, type Outcome } from "./collecting-runner.ts"

const modules = [publishing, groups, retrying, lifecycleAndNumbers]
const brokenBuses = modules.flatMap((module): BrokenBus[] => Object.values(module))

/** A fault may keep a test waiting for ever: after so long it has failed. What waits in vain is closed. */
const patienceMs = 1_500

async function outcomeOf(broken: BrokenBus): Promise<Outcome> {
  const late = Promise.withResolvers<Outcome>()
  const subjects: AsyncDisposable[] = []
  const create: CreateBusSubject = async (options) => {
    const subject = await sharedMemoryBus(broken)(options)
    subjects.push(subject)
    return subject
  }
  const tests = collectTests((runner) => eventBusConformance(runner, create))
  const [test, ...others] = tests.filter(({ name }) => name.endsWith(` › ${broken.foundBy}`))
  assert.ok(test !== undefined && others.length === 0, `there is one test "${broken.foundBy}"`)
  const error = new Error("it didn't end")
  const timer = setTimeout(() => late.resolve({ status: "failed", error }), patienceMs)
  const outcome = await Promise.race([test.run(), late.promise])
  clearTimeout(timer)
  for (const subject of subjects) void Promise.resolve(subject[Symbol.asyncDispose]()).catch(() => {})
  return outcome
}

// What a bus without a fault passes stands in shared-memory-bus.test.ts.
describe("the conformance suite of buses", () => {
  for (const broken of brokenBuses) {
    it.concurrent(`fails a bus that ${broken.fault}, in the place meant for it`, {
      timeout: 60_000,
    }, async () => {
      const { status } = await outcomeOf(broken)
      assert.equal(status, "failed", `"${broken.foundBy}" must fail`)
    })
  }
})
