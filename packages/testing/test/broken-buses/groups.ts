import type { BusDriver, Delivery, GroupMember, GroupMembership } from "@annals/core"
import type { BrokenBus } from "./broken-bus.ts"
import { changeBus, changeOptions } from "./change-bus.ts"
import { changeDriver, changeMember, changeMembers, changeMemberships } from "./change-driver.ts"

const handsOn = "hand on what they didn't do, first of its stream, with nothing acknowledged behind it"

export const acknowledgesFirst: BrokenBus = {
  fault: "acknowledges before handling",
  trap: 38,
  breakDriver: (driver) => {
    const memberships = new Map<GroupMember, GroupMembership>()
    return changeMembers(driver, (member) => ({
      member: {
        receive(deliveries) {
          memberships.get(member)?.acknowledge(deliveries)
          member.receive(deliveries)
        },
      },
      membership(membership) {
        memberships.set(member, membership)
        return {}
      },
    }))
  },
  foundBy: handsOn,
}

export const passesFailure: BrokenBus = {
  fault: "commits past an event that failed, as an offset does",
  trap: 38,
  breakDriver: (driver) => {
    const handed = new Map<GroupMember, Delivery[]>()
    return changeMembers(driver, (member) => ({
      member: {
        receive(deliveries) {
          handed.set(member, [...(handed.get(member) ?? []), ...deliveries])
          member.receive(deliveries)
        },
      },
      membership: (membership) => ({
        acknowledge(deliveries) {
          const all = handed.get(member) ?? []
          const last = Math.max(...deliveries.map((delivery) => all.indexOf(delivery)))
          membership.acknowledge(all.slice(0, last + 1))
        },
      }),
    }))
  },
  foundBy: handsOn,
}

export const losesWhatIsHeldReady: BrokenBus = {
  fault: "never gives anybody else what a stopped consumer held ready",
  trap: 41,
  breakDriver: (driver) =>
    changeMemberships(driver, (membership) => ({
      release: (deliveries) => membership.acknowledge(deliveries),
    })),
  foundBy: "hand on what they hold ready but haven't begun",
}

export const acknowledgesNothing: BrokenBus = {
  fault: "forgets to acknowledge the last events before it leaves",
  breakDriver: (driver) =>
    changeMemberships(driver, (membership) => ({
      acknowledge: (deliveries) => membership.acknowledge(deliveries.slice(0, -1)),
    })),
  foundBy: "get nothing again of what a consumer before them had done",
}

export const servesOneGroup: BrokenBus = {
  fault: "delivers to the group that came first only",
  breakDriver(driver) {
    let first: string | undefined
    return changeMembers(driver, (member) => {
      first ??= member.group
      return first === member.group ? {} : { member: { receive: () => {} } }
    })
  },
  foundBy: "gives every event to each group, and within a group to one consumer",
}

export const servesEveryConsumer: BrokenBus = {
  fault: "takes each consumer for a group of its own",
  breakDriver(driver) {
    let count = 0
    return changeDriver(driver, {
      join: (member) => driver.join(changeMember(member, { group: `${member.group}-${count++}` })),
    })
  },
  foundBy: "gives every event to each group, and within a group to one consumer",
}

export const joinsLate: BrokenBus = {
  fault: "says that a consumer is ready before its group exists",
  trap: 25,
  breakDriver: (driver) =>
    changeDriver(driver, {
      join: async (member) => later(driver, member, new Promise((resolve) => setTimeout(resolve, 30))),
    }),
  foundBy: "gives a new group what comes from now on, also when nobody subscribed before",
}

export const servesOneConsumer: BrokenBus = {
  fault: "gives a consumer that joins nothing, until the one before has left",
  trap: 46,
  breakDriver(driver) {
    const left = new Map<string, Promise<void>>()
    return changeDriver(driver, {
      async join(member) {
        const turn = left.get(member.group) ?? Promise.resolve()
        const leaving = Promise.withResolvers<void>()
        left.set(
          member.group,
          turn.then(() => leaving.promise),
        )
        const membership = later(driver, member, turn)
        return { ...membership, leave: () => membership.leave().finally(() => leaving.resolve()) }
      },
    })
  },
  foundBy: "share the work with one that joins, and tell their handlers of what isn't theirs any more",
}

/** A membership that begins when `start` is over. */
function later(driver: BusDriver, member: GroupMember, start: Promise<unknown>): GroupMembership {
  const joined = start.then(() => driver.join(member))
  const use = (run: (membership: GroupMembership) => unknown) => void joined.then(run)
  return {
    acknowledge: (deliveries) => use((membership) => membership.acknowledge(deliveries)),
    release: (deliveries) => use((membership) => membership.release(deliveries)),
    retryLater: async (...args) => (await joined).retryLater(...args),
    addDeadLetter: async (...args) => (await joined).addDeadLetter(...args),
    noteAttempts: (...args) => use((membership) => membership.noteAttempts?.(...args)),
    nudge: (slots) => use((membership) => membership.nudge(slots)),
    lag: async () => (await joined).lag(),
    leave: async () => (await joined).leave(),
  }
}

export const takesAtOnce: BrokenBus = {
  fault: "gives a stream to another consumer while the one before still works on it",
  trap: 46,
  breakDriver: (driver) => changeMembers(driver, () => ({ member: { finish: async () => {} } })),
  foundBy: "share the work with one that joins, and tell their handlers of what isn't theirs any more",
}

export const forgetsGroups: BrokenBus = {
  fault: "forgets a group when its last consumer leaves",
  trap: 41,
  breakDriver: (driver) =>
    changeMemberships(driver, (membership, { group }) => ({
      async leave() {
        await membership.leave()
        await driver.removeGroup(group).catch(() => {}) // others are still there
      },
    })),
  foundBy: "keeps for a group that has no consumer what comes meanwhile, and gives it nothing twice",
}

export const keepsRemovedGroups: BrokenBus = {
  fault: "leaves a removed group where it is",
  breakDriver: (driver) => changeDriver(driver, { removeGroup: async () => {} }),
  foundBy: "forgets what was waiting and its dead letters; it may begin anew, in the other order",
}

export const ignoresFilters: BrokenBus = {
  fault: "gives a consumer all types and categories",
  breakBus: (bus) => changeOptions(bus, ({ types, categories, ...options }) => options),
  foundBy: "let through only the types and categories that are asked for",
}

export const takesPatternsLoosely: BrokenBus = {
  fault: "takes names for regular expressions",
  trap: 15,
  breakBus: (bus) =>
    changeOptions(bus, ({ types, handler, ...options }) => ({
      ...options,
      handler: (event, context) => {
        const isWanted =
          types?.some((type) => new RegExp(`^${type.replace("*", ".*")}$`).test(event.type)) ?? true
        return isWanted ? handler(event, context) : undefined
      },
    })),
  foundBy: "take * for any characters, and all others for what they are",
}

export const bendsGroupNames: BrokenBus = {
  fault: "replaces what can't be in a group's name",
  trap: 15,
  breakBus: (bus) =>
    changeBus(bus, {
      subscribe: (options) =>
        bus.subscribe({
          ...options,
          group: `${options.group}`.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100),
        }),
    }),
  foundBy: "name groups alike: Latin letters, digits, dot, underscore and hyphen, at most 100",
}

export const takesZeroForUnset: BrokenBus = {
  fault: "takes an explicit 0 for an option left out",
  trap: 44,
  breakBus: (bus) =>
    changeOptions(bus, (options) => {
      const { attempts, delayMs, maxDelayMs } = options.retry ?? {}
      const retry = {
        ...(attempts && { attempts }),
        ...(delayMs && { delayMs }),
        ...(maxDelayMs && { maxDelayMs }),
      }
      return { ...options, retry }
    }),
  foundBy: "may be 0 where that means something, and 0 then isn't taken for left out",
}

export const ignoresMaxInFlight: BrokenBus = {
  fault: "handles as many events at a time as come",
  trap: 36,
  breakBus: (bus) =>
    changeOptions(bus, ({ maxInFlight, ...options }) => ({ ...options, maxInFlight: 1_000 })),
  foundBy:
    "handles the events of a stream one after another, and several streams side by side, up to maxInFlight",
}

export const createsNothing: BrokenBus = {
  fault: "creates a group when its first consumer starts, and not before",
  breakBus: (bus) => changeBus(bus, { createGroup: async () => {} }),
  foundBy: "keeps for it what comes from then on, before its first consumer starts anywhere",
}
