import type { WakeUps } from "@annals/core"
import { createFakeClock } from "@annals/testing"

/** A log that only counts, with hints that are sent by hand and looks at its head that take as long as they are let. */
export function createLogWorld() {
  const listeners = new Set<() => void>()
  const looks: Look[] = []
  const clock = createFakeClock()
  let end = 0
  let isHeld = false
  const wakeUps: WakeUps = {
    listen(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => listeners.delete(listener) }
    },
  }
  const world = {
    clock,
    looked: 0,
    store: {
      clock,
      wakeUps,
      head(): Promise<number> {
        world.looked++
        if (!isHeld) return Promise.resolve(end)
        const look = Promise.withResolvers<number>()
        looks.push({ answer: look.resolve, fail: look.reject, before: end })
        return look.promise
      },
    },
    listeners,
    get end() {
      return end
    },
    append(count = 1) {
      end += count
    },
    hint() {
      for (const listener of listeners) listener()
    },
    /** From now on looks wait to be let go. */
    hold() {
      isHeld = true
    },
    /** Lets the oldest look that waits see what was there when it began, or what is there now, or fail. */
    letGo(how: "early" | "late" | "fail") {
      const look = looks.shift()
      if (how === "fail") look?.fail(new Error("connection lost"))
      else look?.answer(how === "early" ? look.before : end)
    },
    release() {
      isHeld = false
      while (looks.length > 0) world.letGo("late")
    },
  }
  return world
}

interface Look {
  readonly answer: (head: number) => void
  readonly fail: (error: Error) => void
  readonly before: number
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
