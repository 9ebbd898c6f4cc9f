import assert from "node:assert/strict"
import { describe, it } from "vitest"
import { createFakeClock } from "../src/index.ts"

describe("a fake clock", () => {
  it("stands still until it is moved", async () => {
    const clock = createFakeClock({ now: 5 })
    assert.equal(clock.now(), 5)
    await clock.advance(10)
    assert.equal(clock.now(), 15)
    clock.set(1)
    assert.equal(clock.now(), 1)
  })

  it("wakes sleepers in the order of their times, each at its own", async () => {
    const clock = createFakeClock({ now: 0 })
    const woken: string[] = []
    const sleepers = [30, 10, 20, 10].map((delay, index) =>
      clock.sleep(delay).then(() => woken.push(`${index} at ${clock.now()}`)),
    )
    assert.equal(clock.sleepers, 4)
    await clock.advance(25)
    assert.deepEqual(woken, ["1 at 10", "3 at 10", "2 at 20"])
    assert.deepEqual([clock.now(), clock.sleepers], [25, 1])
    await clock.advance(5)
    await Promise.all(sleepers)
    assert.deepEqual(woken.at(-1), "0 at 30")
  })

  it("lets what it woke sleep again within the same advance", async () => {
    const clock = createFakeClock({ now: 0 })
    const ticks: number[] = []
    const ticking = (async () => {
      while (ticks.length < 4) {
        await clock.sleep(10)
        ticks.push(clock.now())
      }
    })()
    await clock.advance(35)
    assert.deepEqual(ticks, [10, 20, 30])
    await clock.advance(5)
    await ticking
  })

  it("rejects a sleep with the reason of its signal, before or during it", async () => {
    const clock = createFakeClock()
    const abort = new AbortController()
    const asleep = clock.sleep(10, abort.signal)
    const reason = new Error("enough")
    abort.abort(reason)
    await assert.rejects(asleep, reason)
    await assert.rejects(clock.sleep(10, abort.signal), reason)
    assert.equal(clock.sleepers, 0)
    await clock.advance(10)
  })

  it("tells when somebody is asleep", async () => {
    const clock = createFakeClock()
    const two = clock.asleep(2)
    const sleeps = [clock.sleep(1), clock.sleep(1)]
    await two
    assert.equal(clock.sleepers, 2)
    await clock.asleep()
    await clock.advance(1)
    await Promise.all(sleeps)
  })
})
