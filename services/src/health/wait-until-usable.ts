import { setTimeout as delay } from "node:timers/promises"
import { ServiceError } from "../service-error.ts"

export interface WaitOptions {
  readonly check: () => Promise<void>
  /** False ends the waiting: what has died won't answer. */
  readonly isAlive: () => boolean
  readonly timeoutMs: number
}

/** @throws ServiceError with what the last check said. */
export async function waitUntilUsable({ check, isAlive, timeoutMs }: WaitOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await check()
    } catch (cause) {
      if (!isAlive()) throw new ServiceError("it ended before it answered", { cause })
      if (performance.now() > deadline) {
        throw new ServiceError(`it doesn't answer: ${(cause as Error).message}`, { cause })
      }
    }
    await delay(100)
  }
}
