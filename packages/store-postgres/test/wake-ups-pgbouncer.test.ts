import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { usingService } from "@annals/services"
import { createFakeClock } from "@annals/testing"
import { it } from "vitest"
import { createLog, openHandle } from "./wake-ups/open-handle.ts"
import { until } from "./wake-ups/until.ts"

usingService("pgbouncer", (url) => {
  it("behind a transaction pooler, which takes LISTEN and delivers nothing, polling alone wakes, and one warning says so", {
    timeout: 60_000,
  }, async () => {
    const schema = `wake_${randomUUID()}`
    await using _log = await createLog(url, schema)
    const clock = createFakeClock()
    await using reader = openHandle({ url, schema, clock })
    await using writer = openHandle({ url, schema, clock: createFakeClock() })
    let woken = 0
    using _listening = reader.wakeUps.listen(() => woken++)
    await until(() => reader.counts.looks > 0 && reader.counts.connected > 0)
    await until(async () => {
      await clock.advance(250)
      return reader.logged.length > 0
    })
    assert.deepEqual(reader.logged, [
      {
        level: "warn",
        message: "LISTEN doesn't get through: polling every 250 ms",
        fields: { reason: "notifications don't arrive" },
      },
    ])

    const before = woken
    await writer.append()
    await until(async () => {
      await clock.advance(250)
      return woken > before
    })

    // It is tried again, after pauses that grow, and nobody is told a second time.
    await until(async () => {
      await clock.advance(1_000)
      return reader.counts.connected >= 4
    })
    assert.equal(reader.counts.checked, 0)
    assert.equal(reader.logged.length, 1)
  })
})
