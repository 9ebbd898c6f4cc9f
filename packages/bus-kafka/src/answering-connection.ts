import type { Clock } from "@annals/core"
import type { KafkaClientFactory, KafkaConnection, KafkaConnectionSettings } from "./kafka-client.ts"
import { KafkaFailure } from "./kafka-failure.ts"

type Method = (...args: unknown[]) => Promise<unknown>

/**
 * A connection whose every request comes to an end: when there is no answer in time, or none at all, its sockets are closed, and the next request opens others. What a
 * client has come to believe of a lost connection goes with it.
 */
export function openAnsweringConnection(
  client: KafkaClientFactory,
  settings: KafkaConnectionSettings,
  clock: Clock,
): KafkaConnection {
  let current: KafkaConnection | undefined
  let isClosed = false
  const longestMs = settings.connectTimeoutMs + settings.requestTimeoutMs

  const giveUp = (connection: KafkaConnection) => {
    if (current === connection) current = undefined
    connection.close().catch(() => {})
  }
  const request = async (name: keyof KafkaConnection, args: unknown[]) => {
    if (isClosed) throw new KafkaFailure("unreachable", "the connection is closed")
    current ??= client.connect(settings)
    const connection = current
    try {
      return await within(longestMs, clock, (connection[name] as Method)(...args))
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
    await connection?.close()
  }
  return new Proxy({} as KafkaConnection, {
    get: (_target, name) =>
      name === "close" ? close : (...args: unknown[]) => request(name as keyof KafkaConnection, args),
  })
}

/** Rejects as unreachable when there is no answer in time. */
export async function within<Result>(
  milliseconds: number,
  clock: Clock,
  answer: Promise<Result>,
): Promise<Result> {
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
