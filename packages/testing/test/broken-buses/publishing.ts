import { AsyncLocalStorage } from "node:async_hooks"
import { randomUUID } from "node:crypto"
import type { BusDriver, BusMessage, EventBus } from "@annals/core"
import type { BrokenBus } from "./broken-bus.ts"
import { changeBus } from "./change-bus.ts"
import { changeDriver, changeHead, changeMembers, changeMessages } from "./change-driver.ts"

const keepsOrder = "keeps the order of calls that nobody waits for, of one event as well as of 500"
const countsAtOnce = "has the events when it resolves: they count at once as waiting"
const isObserved =
  "sees publishing, receiving, retrying and parking, their topic and cause, and what it put into the publishing"
const keepsMetadata = "keeps metadata and trace context, and nobody else's gets in"

export const dropsSome: BrokenBus = {
  fault: "drops every 50th event",
  trap: 45,
  breakDriver(driver) {
    let count = 0
    return changeDriver(driver, {
      publish: (messages, signal) =>
        driver.publish(
          messages.filter(() => ++count % 50 > 0),
          signal,
        ),
    })
  },
  foundBy: keepsOrder,
}

const everywhere: BusDriver[] = []

export const ignoresTopic: BrokenBus = {
  fault: "has one topic for all buses",
  breakDriver(driver) {
    everywhere.push(driver)
    return changeDriver(driver, {
      async publish(messages, signal) {
        await Promise.all(everywhere.map((each) => each.publish(messages, signal)))
      },
    })
  },
  foundBy: "keeps buses apart, also where their groups have the same names",
}

export const repeats: BrokenBus = {
  fault: "sends every 50th event twice",
  breakDriver(driver) {
    let count = 0
    return changeDriver(driver, {
      publish: (messages, signal) =>
        driver.publish(
          messages.flatMap((message) => (++count % 50 > 0 ? message : [message, message])),
          signal,
        ),
    })
  },
  foundBy: keepsOrder,
}

export const swapsTwo: BrokenBus = {
  fault: "swaps two events of a stream in large calls",
  trap: 48,
  breakDriver: (driver) =>
    changeDriver(driver, {
      publish: (messages, signal) =>
        driver.publish(messages.length < 100 ? messages : swapped(messages), signal),
    }),
  foundBy: keepsOrder,
}

function swapped(messages: readonly BusMessage[]): readonly BusMessage[] {
  const [first, ...others] = messages as [BusMessage, ...BusMessage[]]
  const other = others.findIndex(({ key }) => key === first.key)
  return [others[other] as BusMessage, ...others.with(other, first)]
}

export const reordersCalls: BrokenBus = {
  fault: "lets small calls overtake large ones",
  trap: 48,
  breakDriver: (driver) =>
    changeDriver(driver, {
      async publish(messages, signal) {
        if (messages.length > 4) await new Promise(setImmediate)
        await driver.publish(messages, signal)
      },
    }),
  foundBy: keepsOrder,
}

export const resolvesEarly: BrokenBus = {
  fault: "resolves before the broker has the events",
  trap: 45,
  breakDriver: (driver) =>
    changeDriver(driver, {
      async publish(messages, signal) {
        setImmediate(() => void driver.publish(messages, signal))
      },
    }),
  foundBy: countsAtOnce,
}

export const losesOnClose: BrokenBus = {
  fault: "publishes in the background, and forgets what isn't sent when it is closed",
  trap: 45,
  breakBus(bus) {
    let isClosed = false
    return changeBus(bus, {
      async publish(events, options) {
        setImmediate(() => {
          if (!isClosed) void bus.publish(events, options)
        })
      },
      close() {
        isClosed = true
        return bus.close()
      },
    })
  },
  foundBy: "has the events when it resolves, whatever becomes of who published them",
}

export const checksOneByOne: BrokenBus = {
  fault: "finds out that an event is too large when those before it are sent",
  trap: 48,
  breakBus: (bus) =>
    changeBus(bus, {
      async publish(events, options) {
        for (const event of events) await bus.publish([event], options)
      },
    }),
  foundBy: "sends nothing of a call in which an event is too large, and says which",
}

export const ignoresSize: BrokenBus = {
  fault: "looks at the size of the payload's text only",
  breakBus: (bus, { maxEventSize = 1_000_000 }) =>
    changeBus(bus, {
      publish: async (events, options) => {
        const large = events.find(({ data }) => (JSON.stringify(data)?.length ?? 0) > maxEventSize)
        if (large !== undefined) await bus.publish(events, options)
      },
    }),
  foundBy: "sends nothing of a call in which an event is too large, and says which",
}

export const losesMetadata: BrokenBus = {
  fault: "carries no metadata",
  trap: 47,
  breakDriver: (driver) =>
    changeMessages(driver, (message) =>
      changeHead(message, ({ metadata, correlationId, causationId, ...head }) => head),
    ),
  foundBy: keepsMetadata,
}

export const losesTraceContext: BrokenBus = {
  fault: "loses what the observer sends along",
  trap: 47,
  breakDriver: (driver) =>
    changeMessages(driver, (message) => changeHead(message, ({ sent, ...head }) => head)),
  foundBy: isObserved,
}

export const makesUpTopics: BrokenBus = {
  fault: "tells another topic each time",
  breakDriver: (driver) =>
    Object.defineProperty(changeDriver(driver, {}), "topic", { get: () => randomUUID() }),
  foundBy: isObserved,
}

export const hidesItsTopic: BrokenBus = {
  fault: "tells no topic",
  breakDriver: (driver) => changeDriver(driver, { topic: "" }),
  foundBy: isObserved,
}

export const takesPublishersContext: BrokenBus = {
  fault: "runs handlers in the context of whoever published",
  breakBus(bus) {
    const contexts = new Map<string, <Result>(run: () => Result) => Result>()
    const subscribe: EventBus["subscribe"] = (options) =>
      bus.subscribe({
        ...options,
        handler: (event, context) => {
          const run = contexts.get(`${(event as { readonly version: number }).version}`)
          return run === undefined
            ? options.handler(event, context)
            : run(() => options.handler(event, context))
        },
      })
    return changeBus(bus, {
      subscribe,
      publish(events, options) {
        for (const { version } of events) contexts.set(`${version}`, AsyncLocalStorage.snapshot())
        return bus.publish(events, options)
      },
    })
  },
  foundBy: "is the cause of what the handler does, in nobody else's context",
}

export const mixesTenants: BrokenBus = {
  fault: "carries no tenant",
  breakDriver: (driver) =>
    changeMessages(driver, (message) => changeHead(message, ({ tenant, ...head }) => head)),
  foundBy: "holds back a stream of one tenant, and not that of the same name of another",
}

export const takesBytesForText: BrokenBus = {
  fault: "sends raw bytes as text",
  trap: 13,
  breakDriver: (driver) =>
    changeMessages(driver, (message) => ({ ...message, body: Buffer.from(message.body).toString() })),
  foundBy: "keeps raw bytes and every field of the event",
}

export const namesAnew: BrokenBus = {
  fault: "gives an event another id whenever it is delivered",
  breakDriver: (driver) =>
    changeMembers(driver, (member) => ({
      member: {
        receive: (deliveries) =>
          member.receive(
            deliveries.map((delivery) => ({
              ...delivery,
              head: `${delivery.head}`.replace(/"id":"[^"]+"/, `"id":"${randomUUID()}"`),
            })),
          ),
      },
    })),
  foundBy: 'takes what is delivered again only once, also after a failure, in order "none"',
}
