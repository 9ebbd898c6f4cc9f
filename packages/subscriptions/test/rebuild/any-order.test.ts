import { isAnnalsError } from "@annals/core"
import fc from "fast-check"
import { expect, it } from "vitest"
import {
  projectionSubscription,
  type Rebuild,
  rebuildInPlace,
  rebuildProjection,
  type Subscription,
} from "../../src/index.ts"
import { count, upTo } from "../subjects/counting.ts"
import { quickLeases } from "../subjects/quick-leases.ts"
import type { OpenScene, Scene } from "../subjects/scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"
import { foldNumbers, numbersOf, readNumbers } from "./numbers.ts"

type Step =
  | { readonly do: "append"; readonly id: string; readonly events: number }
  | { readonly do: "rebuild"; readonly pageSize: number; readonly restart: boolean }
  | {
      readonly do:
        | "stop rebuild"
        | "pause rebuild"
        | "rebuild in place"
        | "restart live"
        | "upgrade"
        | "breathe"
    }

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("append" as const),
        id: fc.constantFrom("a", "b", "c"),
        events: fc.integer({ min: 1, max: 7 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("rebuild" as const),
        pageSize: fc.integer({ min: 1, max: 9 }),
        restart: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "stop rebuild" as const,
          "pause rebuild" as const,
          "rebuild in place" as const,
          "restart live" as const,
          "upgrade" as const,
          "breathe" as const,
        ),
      }),
    },
  ),
  { minLength: 3, maxLength: 25 },
)

/** What operators and programs do in the course of time; what is under way goes on beside it. */
class Course {
  readonly #scene: Scene
  readonly #appended = new Map<string, number>()
  #version = 1
  #live: Promise<Subscription>
  #rebuild: Rebuild | undefined

  constructor(scene: Scene) {
    this.#scene = scene
    this.#live = this.#run()
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "append": {
        const before = this.#appended.get(step.id) ?? 0
        this.#appended.set(step.id, before + step.events)
        await count(this.#scene.store, step.id, ...upTo(step.events).map((n) => before + n))
        return
      }
      case "rebuild": {
        const { pageSize, restart } = step
        if (this.#rebuild === undefined || isOver(this.#rebuild)) {
          const options = { pageSize, restart, leaseTtlMs: 5_000, retry: { delayMs: 1 } }
          this.#rebuild = rebuildProjection(this.#scene.otherHandle(), this.#projection(), options)
        } else this.#rebuild.resume()
        return
      }
      case "stop rebuild":
        return this.#rebuild?.stop()
      case "pause rebuild":
        return this.#rebuild?.pause()
      case "rebuild in place":
        return rebuildInPlace(this.#scene.store, this.#projection()).catch(onlyWhileUpgrading)
      case "restart live": {
        await (await this.#live).stop()
        this.#live = this.#run()
        return
      }
      case "upgrade":
        this.#version++
        this.#live = this.#run() // the old one goes on beside it
        return
      case "breathe":
        return new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  /** When all is done, rows are what the log says. */
  async end(): Promise<void> {
    const { store } = this.#scene
    this.#rebuild?.resume()
    await this.#rebuild?.done.catch((error) => {
      if (!["CLOSED", "PROJECTION_SUPERSEDED", "INVALID_OPTION"].includes(error.code)) throw error
    })
    await this.take({ do: "append", id: "a", events: 1 })
    await this.take({ do: "append", id: "b", events: 1 })
    await (await this.#live).waitFor(await store.head())
    await eventually(async () => {
      expect(await readNumbers(store)).toEqual(await foldNumbers(store, this.#version))
    })
    expect(await readNumbers(store, `@v${this.#version}`)).toEqual({})
  }

  #projection() {
    return numbersOf({ version: this.#version, times: this.#version })
  }

  #run(): Promise<Subscription> {
    const definition = projectionSubscription(this.#projection(), { pageSize: 5, retry: { delayMs: 1 } })
    return this.#scene.run(definition, { ...quickLeases, store: this.#scene.otherHandle() })
  }
}

function isOver(rebuild: Rebuild): boolean {
  return ["done", "stopped", "failed"].includes(rebuild.status().state)
}

/** A version that isn't live yet can't be emptied. */
function onlyWhileUpgrading(error: unknown): void {
  if (!isAnnalsError(error, "INVALID_OPTION") && !(isAnnalsError(error) && error.retryable)) throw error
}

async function equalsTheFold(open: OpenScene, course: readonly Step[]): Promise<void> {
  await using scene = await open()
  const run = new Course(scene)
  for (const step of course) await run.take(step)
  await run.end()
}

describeStores("whatever is appended, rebuilt, stopped and upgraded, in any order", (open) => {
  const runs = { memory: 40, sqlite: 15, postgresql: 6 } as const

  it("the rows are the fold of the log in the end", { timeout: 120_000 }, async () => {
    const name = await (async () => {
      await using scene = await open()
      return scene.store.name as keyof typeof runs
    })()
    await fc.assert(
      fc.asyncProperty(steps, (course) => equalsTheFold(open, course)),
      { numRuns: runs[name], interruptAfterTimeLimit: 60_000 },
    )
  })
})
