import type { MemoryStoreDriver, StorePorts } from "@annals/core"
import { breakReads } from "./break-driver.ts"
import type { BrokenStore } from "./broken-store.ts"

function breakPorts(
  change: (ports: StorePorts) => Partial<StorePorts>,
): (driver: MemoryStoreDriver) => MemoryStoreDriver {
  return (driver) =>
    breakReads(driver, (session) => ({
      ports(tenant) {
        const ports = session.ports(tenant)
        return { ...ports, ...change(ports) }
      },
    }))
}

export const blindCheckpoints: BrokenStore = {
  fault: "moves a checkpoint from wherever it stands",
  trap: 29,
  breakDriver: breakPorts(({ checkpoints }) => ({
    checkpoints: {
      ...checkpoints,
      async advance(subscription, { to }) {
        await checkpoints.reset(subscription, to)
        return "advanced"
      },
    },
  })),
  foundBy: "conflicts when the checkpoint isn't where the step begins, and stays",
  alsoFails: ["CheckpointStore", "a checkpoint behind a fence"],
}

export const blindSnapshots: BrokenStore = {
  fault: "lets an older snapshot take the place of a newer one",
  trap: 29,
  breakDriver: breakPorts(({ snapshots }) => ({
    snapshots: {
      ...snapshots,
      async save(key, snapshot) {
        await snapshots.prune(key, 0)
        return snapshots.save(key, snapshot)
      },
    },
  })),
  foundBy: "lets a slow writer put nothing in the place of a newer one",
  alsoFails: ["SnapshotStore"],
}

export const standingFences: BrokenStore = {
  fault: "gives a lease to its next holder under the number of the last",
  trap: 32,
  breakDriver: breakPorts(({ leases }) => ({
    leases: {
      ...leases,
      acquire: async (...args) => (await leases.acquire(...args)).map((lease) => ({ ...lease, fence: 1 })),
    },
  })),
  foundBy: "raises the fence with every new holder",
  alsoFails: ["LeaseStore", "a checkpoint behind a fence"],
}

export const losesWakeUps: BrokenStore = {
  fault: "wakes nobody after a unit of work",
  trap: 25,
  breakDriver(driver) {
    let inTransaction = false
    return {
      ...driver,
      async transaction(work) {
        inTransaction = true
        try {
          return await driver.transaction(work)
        } finally {
          setImmediate(() => {
            inTransaction = false
          })
        }
      },
      wakeUps: { listen: (listener) => driver.wakeUps.listen(() => inTransaction || listener()) },
    }
  },
  foundBy: "come after a unit of work that appended",
  alsoFails: [],
}

export const closesOnce: BrokenStore = {
  fault: "fails when it is closed twice",
  breakStore(store) {
    let closed = false
    const close = async () => {
      if (closed) throw new Error("already closed")
      closed = true
      await store.close()
    }
    // The suite's own disposal is one more closing, and must not fail every test.
    return { ...store, close }
  },
  foundBy: "closes twice, also at the same time",
  alsoFails: ["lifecycle"],
}

export const opensAfterClose: BrokenStore = {
  fault: "goes on answering after it is closed",
  breakStore: (store) => ({ ...store, close: async () => {} }),
  foundBy: "rejects append with CLOSED after close",
  alsoFails: ["lifecycle", "wake-ups"],
}
