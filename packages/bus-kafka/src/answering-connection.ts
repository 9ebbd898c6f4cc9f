import type { Clock } from "@annals/core"
import type { KafkaClientFactory, KafkaConnection, KafkaConnectionSettings } from "./kafka-client.ts"
import { KafkaFailure } from "./kafka-failure.ts"
import { pause } from "./pause.ts"

/** How long closing waits for answers that are still owed. Without them the sockets go later, by themselves. */
const goodbyeMs = 2_000

const joining: ReadonlySet<keyof KafkaConnection> = new Set(["joinGroup", "syncGroup"])

type Method = (...args: unknown[]) => Promise<unknown>

/**
 * A connection whose every request comes to an end: when there is no answer in time, or none at all, its sockets are closed, and the next request opens others. What a
 * client has come to believe of a lost connection goes with it.
 */
export function openAnsweringConnection(
  client: KafkaClientFactory,
  settings: KafkaConnectionSettings,
  clock: Clock,
  /** How long the group may wait for others when one joins. Nothing else takes longer for it. */
  joiningMs = 0,
): KafkaConnection {
  let current: KafkaConnection | undefined
  let isClosed = false
  const { connectTimeoutMs, requestTimeoutMs } = settings
  const longestMs = (name: keyof KafkaConnection) =>
    connectTimeoutMs + requestTimeoutMs + (joining.has(name) ? joiningMs : 0)

  const giveUp = (connection: KafkaConnection) => {
    if (current === connection) current = undefined
    connection.close().catch(() => {})
  }
  const request = async (name: keyof KafkaConnection, args: unknown[]) => {
    if (isClosed) throw new KafkaFailure("unreachable", "the connection is closed")
    current ??= client.connect({ ...settings, requestTimeoutMs: requestTimeoutMs + joiningMs })
    const connection = current
    try {
      return await within(longestMs(name), clock, (connection[name] as Method)(...args))
    } catch (error) {
      if (error instanceof KafkaFailure && (error.kind === "unreachable" || error.kind === "login"))
        giveUp(connection)
      throw error
    }
  }
  const close = async () => {
    isClosed = true
    const connection = current
    current = undefined
    if (connection === undefined) return
    const over = new AbortController()
    await Promise.race([connection.close(), pause(clock, goodbyeMs, over.signal)])
    over.abort()
  }
  return new Proxy({} as KafkaConnection, {
    get: (_target, name) =>
      name === "close" ? close : (...args: unknown[]) => request(name as keyof KafkaConnection, args),
  })
}

async function within<Result>(milliseconds: number, clock: Clock, answer: Promise<Result>): Promise<Result> {
  const answered = new AbortController()
  const tooLate = async (): Promise<never> => {
    await clock.sleep(milliseconds, answered.signal)
    throw new KafkaFailure("unreachable", `no answer within ${milliseconds} ms`)
  }
  try {
    return await Promise.race([answer, tooLate()])
  } finally {
    answered.abort()
  }
}
