import type { ConsumerOptions, DeadLetterStore } from "@annals/core"
import type { BrokenBus } from "./broken-bus.ts"
import { changeOptions } from "./change-bus.ts"
import { changeDriver, changeMembers, changeMemberships, messageOf } from "./change-driver.ts"

const parksInOrder = "waits with what comes behind, says why, and is replayed in order while others go on"
const repliesToItsGroup =
  "lists and replays dead letters from anywhere, to their group alone, with attempts counted anew"
const keepsDeadLetters =
  "puts an event among the group's dead letters after the last attempt, to be replayed or discarded"
const leavesRetries =
  "leaves a retry that is far away to the broker: it is nobody's in flight, and still counts as waiting"

export const retriesEverywhere: BrokenBus = {
  fault: "sends a retry to all groups",
  trap: 39,
  breakDriver: (driver) =>
    changeMemberships(driver, (membership) => ({
      async retryLater(delivery) {
        await new Promise(setImmediate)
        await driver.publish([messageOf(delivery)], undefined)
        membership.acknowledge([delivery])
      },
    })),
  foundBy: "retries a failing event in its group only, and blocks nothing meanwhile",
}

export const retriesAtOnce: BrokenBus = {
  fault: "doesn't wait before a retry",
  breakDriver: (driver) =>
    changeMemberships(driver, (membership) => ({
      retryLater: (delivery, attempts) => membership.retryLater(delivery, attempts, 0),
    })),
  foundBy: leavesRetries,
}

export const retriesAtOneSpeed: BrokenBus = {
  fault: "waits as long before each attempt as before the second",
  breakBus: (bus) =>
    changeOptions(bus, (options) => {
      const { delayMs } = options.retry ?? {}
      return delayMs === undefined
        ? options
        : { ...options, retry: { ...options.retry, maxDelayMs: delayMs } }
    }),
  foundBy:
    "waits twice as long before each further attempt, up to the longest delay, by the clock and the random numbers that it is given",
}

export const sleepsInConsumer: BrokenBus = {
  fault: "waits out a backoff inside the consumer",
  trap: 40,
  breakBus: (bus) =>
    changeOptions(bus, (options) => {
      const { order, handler, retry: { attempts = 5, delayMs = 100 } = {} } = options
      return order === "none" ? { ...options, handler: trying(handler, attempts, delayMs) } : options
    }),
  foundBy: leavesRetries,
}

function trying(
  handler: ConsumerOptions["handler"],
  attempts: number,
  delayMs: number,
): ConsumerOptions["handler"] {
  return async (event, context) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await handler(event, { ...context, attempt })
      } catch (error) {
        if (attempt >= attempts || context.signal.aborted) throw error
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, delayMs)
          context.signal.addEventListener("abort", () => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
    }
  }
}

export const forgetsRetries: BrokenBus = {
  fault: "counts the attempts at an event from the beginning at each retry",
  trap: 41,
  breakDriver: (driver) =>
    changeMemberships(driver, (membership) => ({
      retryLater: (delivery, _attempts, delayMs) => membership.retryLater(delivery, 0, delayMs),
    })),
  foundBy: "counts attempts through the broker, whichever consumer makes them",
}

export const forgetsAttempts: BrokenBus = {
  fault: "declares to count attempts, and doesn't",
  trap: 41,
  breakDriver: (driver) => changeMemberships(driver, () => ({ noteAttempts: () => {} })),
  foundBy: "go on counting the attempts at an event where those before them stopped, if the bus counts",
}

export const swallowsFailures: BrokenBus = {
  fault: "acknowledges what failed",
  trap: 38,
  breakBus: (bus) =>
    changeOptions(bus, (options) => ({
      ...options,
      async handler(event, context) {
        await (async () => options.handler(event, context))().catch(() => {})
      },
    })),
  foundBy: "holds back the stream of a failing event, and no other, until it succeeds",
}

export const triesOnce: BrokenBus = {
  fault: "parks at the first failure",
  breakBus: (bus) =>
    changeOptions(bus, (options) => ({ ...options, retry: { ...options.retry, attempts: 1 } })),
  foundBy: parksInOrder,
}

function changeDeadLetters(
  options: ConsumerOptions,
  change: (store: DeadLetterStore) => Partial<DeadLetterStore>,
): ConsumerOptions {
  const { deadLetters } = options
  if (deadLetters === undefined) return options
  return { ...options, deadLetters: { ...deadLetters, ...change(deadLetters) } }
}

export const replaysBackwards: BrokenBus = {
  fault: "replays the newest dead letter first",
  breakBus: (bus) =>
    changeOptions(bus, (options) =>
      changeDeadLetters(options, (store) => ({
        async list({ limit = 100, ...filter } = {}) {
          return (await store.list(filter)).toReversed().slice(0, limit)
        },
      })),
    ),
  foundBy: parksInOrder,
}

export const parksNothingBehind: BrokenBus = {
  fault: "doesn't know any more that a stream is parked, once the consumer is another one",
  trap: 27,
  breakBus: (bus) =>
    changeOptions(bus, (options) =>
      changeDeadLetters(options, (store) => ({
        parkedStreams: async (source) =>
          (await store.parkedStreams(source)).filter(({ status }) => status === "requeued"),
      })),
    ),
  foundBy:
    "can be asked for by who has no consumer, and until then the stream stays parked for the next consumer",
}

export const acknowledgesUnparked: BrokenBus = {
  fault: "acknowledges what it couldn't park",
  trap: 38,
  breakBus: (bus) =>
    changeOptions(bus, (options) =>
      changeDeadLetters(options, (store) => ({
        park: (source, entries) => store.park(source, entries).catch(() => {}),
      })),
    ),
  foundBy: "isn't acknowledged before the dead letter store has it, however long that takes",
}

export const neverReplays: BrokenBus = {
  fault: "looks for no stream that is to be replayed",
  breakDriver: (driver) => changeMemberships(driver, () => ({ nudge: () => {} })),
  foundBy:
    "takes the whole stream for any of its events, counts attempts anew, and parks it again if it fails",
}

export const keepsDiscarded: BrokenBus = {
  fault: "counts what is to be discarded, and keeps it",
  breakDriver: (driver) =>
    changeDriver(driver, {
      deadLetters(group) {
        const { list, replay } = driver.deadLetters(group)
        const discard = async (ids: ReadonlySet<string>) =>
          (await list(1_000)).filter(({ head }) => ids.has(JSON.parse(head).id)).length
        return { list, replay, discard }
      },
    }),
  foundBy: keepsDeadLetters,
}

export const replaysAll: BrokenBus = {
  fault: "replays all dead letters, whichever are asked for",
  breakDriver: (driver) =>
    changeDriver(driver, {
      deadLetters(group) {
        const letters = driver.deadLetters(group)
        return { ...letters, replay: () => letters.replay(undefined) }
      },
    }),
  foundBy: keepsDeadLetters,
}

export const replaysEverywhere: BrokenBus = {
  fault: "replays to all groups",
  trap: 39,
  breakDriver: (driver) =>
    changeDriver(driver, {
      deadLetters(group) {
        const { list, discard } = driver.deadLetters(group)
        const replay = async (ids: ReadonlySet<string> | undefined) => {
          const messages = (await list(1_000))
            .map((letter) => messageOf({ ...letter, attempts: 0, tenure: { lost: AbortSignal.abort() } }))
            .filter(({ eventId }) => ids?.has(eventId) ?? true)
          await discard(new Set(messages.map(({ eventId }) => eventId)))
          if (messages.length > 0) await driver.publish(messages, undefined)
          return messages.length
        }
        return { list, discard, replay }
      },
    }),
  foundBy: repliesToItsGroup,
}

export const sharesDeadLetters: BrokenBus = {
  fault: "has one place for the dead letters of all groups",
  breakDriver(driver) {
    let first: string | undefined
    return changeDriver(
      changeMembers(driver, ({ group }) => {
        first ??= group
        return {}
      }),
      { deadLetters: (group) => driver.deadLetters(first ?? group) },
    )
  },
  foundBy: repliesToItsGroup,
}

export const dropsUnknown: BrokenBus = {
  fault: "drops events of types that a consumer doesn't know",
  trap: 47,
  breakBus: (bus) => changeOptions(bus, (options) => ({ unreadable: () => {}, ...options })),
  foundBy:
    "counts as failed for good by default: its stream parks, or it becomes a dead letter, without a second attempt",
}

export const dropsForeign: BrokenBus = {
  fault: "drops without a word what no bus sent",
  breakDriver: (driver) =>
    changeMembers(driver, (member) => ({
      member: { receive: (all) => member.receive(all.filter(({ head }) => head?.startsWith("{"))) },
    })),
  foundBy: "fails the consumer by default, which says where it lies, and nobody else",
}
