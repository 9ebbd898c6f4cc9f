import type { Delivery } from "@annals/core"
import type { BrokenBus } from "./broken-bus.ts"
import { changeBus, changeConsumers } from "./change-bus.ts"
import { changeMembers, changeMemberships } from "./change-driver.ts"

const endsCleanly =
  "stops its consumers when it is closed, which may be done twice, and refuses any use afterwards"
const countsWhatWaits =
  "of what waits count all that isn't acknowledged, each group's own, and come down to 0"
const restores = "lose nothing, put nothing out of order, and are restored while events flow"

export const closesOnce: BrokenBus = {
  fault: "can't be closed twice",
  breakBus(bus) {
    let isClosed = false
    return changeBus(bus, {
      async close() {
        if (isClosed) throw new Error("it is closed already")
        isClosed = true
        await bus.close()
      },
    })
  },
  foundBy: endsCleanly,
}

export const publishesWhenClosed: BrokenBus = {
  fault: "takes events when it is closed, and forgets them",
  breakBus: (bus) =>
    changeBus(bus, {
      async publish(events, options) {
        if (bus.status().state === "open") await bus.publish(events, options)
      },
    }),
  foundBy: endsCleanly,
}

export const leavesPublishing: BrokenBus = {
  fault: "doesn't wait, when it is closed, for what is being published",
  breakBus(bus) {
    let isClosed = false
    return changeBus(bus, {
      async publish(events, options) {
        await new Promise(setImmediate)
        if (isClosed) throw new Error("the connection is closed")
        await bus.publish(events, options)
      },
      close() {
        isClosed = true
        return bus.close()
      },
    })
  },
  foundBy: "waits for what is being published when it is closed",
}

export const stopsAtOnce: BrokenBus = {
  fault: "doesn't wait for its handlers when it stops",
  trap: 31,
  breakBus: (bus) =>
    changeConsumers(bus, (consumer) => ({
      async stop() {
        void consumer.stop()
      },
    })),
  foundBy: "waits for what it is handling when it stops, begins nothing more, and tells its handler",
}

export const stopsWhenResumed: BrokenBus = {
  fault: "can't stop while it is paused",
  trap: 31,
  breakBus: (bus) =>
    changeConsumers(bus, (consumer) => ({
      async stop() {
        while (consumer.status().state === "paused") await new Promise((resolve) => setTimeout(resolve, 5))
        await consumer.stop()
      },
    })),
  foundBy: "stops at once in the middle of a backoff, and while it is paused",
}

export const ignoresPause: BrokenBus = {
  fault: "goes on while it is paused",
  breakBus(bus) {
    return changeConsumers(bus, (consumer) => {
      let isPaused = false
      return {
        pause() {
          isPaused = true
        },
        resume() {
          isPaused = false
        },
        status: () => ({ ...consumer.status(), ...(isPaused && { state: "paused" as const }) }),
      }
    })
  },
  foundBy: "takes nothing while it is paused, and goes on when it is resumed",
}

export const alwaysHealthy: BrokenBus = {
  fault: "is always healthy",
  trap: 35,
  breakBus: (bus) => changeBus(bus, { health: async () => ({ healthy: true, problems: [] }) }),
  foundBy: "is healthy while it works, and not with a consumer that failed, which it names",
}

export const noLag: BrokenBus = {
  fault: "says that nothing waits",
  trap: 35,
  breakDriver: (driver) => changeMemberships(driver, () => ({ lag: async () => 0 })),
  foundBy: countsWhatWaits,
}

export const countsOnlyQueued: BrokenBus = {
  fault: "doesn't count as waiting what consumers hold",
  trap: 35,
  breakDriver: (driver) => {
    let held = 0
    return changeMembers(driver, (member) => ({
      member: {
        receive(deliveries) {
          held += deliveries.length
          member.receive(deliveries)
        },
      },
      membership: (membership) => ({
        acknowledge(deliveries) {
          held -= deliveries.length
          membership.acknowledge(deliveries)
        },
        lag: async () => Math.max((await membership.lag()) - held, 0),
      }),
    }))
  },
  foundBy: countsWhatWaits,
}

export const countsNoRetries: BrokenBus = {
  fault: "has a number that is always 0",
  trap: 35,
  breakBus: (bus) =>
    changeConsumers(bus, (consumer) => ({ status: () => ({ ...consumer.status(), retried: 0 }) })),
  foundBy: "of a consumer are exact: handled, failed, retried and parked, in both orders",
}

export const staysAway: BrokenBus = {
  fault: "resumes nothing when it can reach the broker again",
  trap: 42,
  breakDriver: (driver) =>
    changeMembers(driver, (member) => {
      let isAway = false
      return {
        member: {
          disconnected(error) {
            isAway = true
            member.disconnected(error)
          },
          receive(deliveries) {
            if (!isAway) member.receive(deliveries)
          },
        },
      }
    }),
  foundBy: restores,
}

export const staysDisconnected: BrokenBus = {
  fault: "says for ever that it can't reach the broker",
  trap: 42,
  breakDriver: (driver) => changeMembers(driver, () => ({ member: { connected: () => {} } })),
  foundBy: restores,
}

export const deliversAgain: BrokenBus = {
  fault: "delivers everything again after a broken connection",
  trap: 42,
  breakDriver: (driver) =>
    changeMembers(driver, (member) => {
      const past: Delivery[] = []
      return {
        member: {
          receive(deliveries) {
            past.push(...deliveries)
            member.receive(deliveries)
          },
          connected() {
            member.connected()
            member.receive(past)
          },
        },
      }
    }),
  foundBy: "bring nothing again that was acknowledged, and what comes afterwards arrives",
}
