import {
  type BusDriver,
  type BusOptions,
  createBus,
  createMemoryBusDriver,
  type EventBus,
  type GroupMember,
  systemClock,
} from "@annals/core"
import type { CreateBusSubject } from "../../src/index.ts"
import type { BrokenBus } from "./broken-bus.ts"
import { changeDriver } from "./change-driver.ts"

/**
 * A memory bus that several handles share, as if they were processes, and whose connections can be cut, so that every test runs; with a fault, if one is
 * given.
 */
export function sharedMemoryBus({ breakDriver, breakBus }: Partial<BrokenBus> = {}): CreateBusSubject {
  return async (options = {}) => {
    const memory = createMemoryBusDriver({ clock: options.clock ?? systemClock })
    const members = new Set<GroupMember>()
    const handles: EventBus[] = []
    const shared = changeDriver(memory, {
      capabilities: { ...memory.capabilities, multiProcess: true },
      join: (member) => {
        members.add(member)
        return memory.join(member)
      },
      close: async () => {},
    })
    const broken = breakDriver?.(shared) ?? shared
    const open = (changes?: BusOptions) => {
      const whole = createBus(broken, { ...options, ...changes })
      handles.push(whole)
      return breakBus?.(whole, options) ?? whole
    }
    return {
      bus: open(),
      topic: memory.topic,
      secondHandle: async (changes) => open(changes),
      cutConnections: async () => cut(members),
      publishForeign: () => publishForeign(memory),
      async [Symbol.asyncDispose]() {
        await Promise.all(handles.map((handle) => handle.close()))
        await memory.close()
      },
    }
  }
}

async function cut(members: Iterable<GroupMember>): Promise<void> {
  for (const member of members) member.disconnected(new Error("the connection is broken"))
  await new Promise(setImmediate)
  for (const member of members) member.connected()
}

function publishForeign(driver: BusDriver): Promise<void> {
  const message = { slot: 0, key: "", eventId: "", type: "", category: "", head: "none of ours", body: "" }
  return driver.publish([message], undefined)
}
