import { type BusOptions, type ConsumerOptions, createBus, type RecordedEvent } from "@annals/core"
import { createFakeClock, createHistory } from "@annals/testing"
import { expect, vi } from "vitest"
import { ScriptedDriver } from "./scripted-driver.ts"

export const eventually = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 30_000, interval: 1 })

/** `a1` is the first event of stream `a`. */
export function eventsNamed(...names: readonly string[]): readonly RecordedEvent[] {
  const history = createHistory()
  for (const name of names)
    history.add({ category: "note", id: name.slice(0, 1) }, { type: "noted", data: { name } })
  return history.events
}

const nameOf = ({ stream, version }: RecordedEvent) => `${stream.id}${version}`

/** A consumer of a scripted driver, whose handlers end when the test says so. */
export async function setUp(
  consumer: Partial<ConsumerOptions> = {},
  bus: BusOptions = {},
  driver = new ScriptedDriver(),
) {
  const clock = createFakeClock()
  const front = createBus(driver, { clock, random: () => 0, ...bus })
  const begun: string[] = []
  const running = new Map<string, PromiseWithResolvers<void>>()
  const signals = new Map<string, AbortSignal>()
  const handle = await front.subscribe({
    group: "g",
    handler: (event, { signal, attempt }) => {
      const name = nameOf(event)
      begun.push(attempt === 1 ? name : `${name} again`)
      const ending = Promise.withResolvers<void>()
      running.set(name, ending)
      signals.set(name, signal)
      return ending.promise
    },
    ...consumer,
  })
  const end = async (name: string) => {
    await eventually(() => expect(running.has(name)).toBe(true))
    running.get(name)?.resolve()
  }
  const fail = async (name: string) => {
    await eventually(() => expect(running.has(name)).toBe(true))
    const ending = running.get(name)
    running.delete(name)
    ending?.reject(new Error(`can't handle ${name}`))
  }
  return { driver, clock, bus: front, consumer: handle, begun, running, signals, end, fail }
}

/** Whatever can go on by itself has gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise(setImmediate)
}
