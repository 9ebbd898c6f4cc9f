import { randomUUID } from "node:crypto"
import * as z from "zod"
import type { Account, Bank } from "./bank.ts"

const schemas = {
  opened: z.object({ owner: z.string() }),
  deposited: z.object({ cents: z.int().positive() }),
}

interface Recorded {
  readonly id: string
  readonly type: keyof typeof schemas
  readonly data: string
  readonly version: number
  readonly position: number
  readonly recordedAt: number
}

/** Streams in a map, written by hand: the same steps (load, decide, validate, append at the version loaded), payloads as text. */
export function createBareBank(): Bank {
  const streams = new Map<string, Recorded[]>()
  let position = 0

  const load = async (id: string): Promise<{ readonly account: Account; readonly version: number }> => {
    const events = streams.get(id) ?? []
    return { account: events.reduce(evolve, { cents: 0 }), version: events.length }
  }

  const append = async (id: string, type: Recorded["type"], data: unknown, expected: number) => {
    const valid = JSON.stringify(Object.freeze(schemas[type].parse(data)))
    const events = streams.get(id) ?? []
    if (events.length !== expected) throw new Error("conflict")
    const version = expected + 1
    events.push({
      id: randomUUID(),
      type,
      data: valid,
      version,
      position: ++position,
      recordedAt: Date.now(),
    })
    streams.set(id, events)
  }

  const decide = async (id: string, type: Recorded["type"], data: unknown) => {
    const { version } = await load(id)
    await append(id, type, data, version)
  }

  return {
    open: (id, owner) => decide(id, "opened", { owner }),
    deposit: (id, cents) => decide(id, "deposited", { cents }),
  }
}

function evolve(account: Account, event: Recorded): Account {
  const data = JSON.parse(event.data)
  return event.type === "deposited" ? { cents: account.cents + data.cents } : account
}
