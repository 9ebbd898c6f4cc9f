import { createUuidV7Generator, systemClock } from "@annals/core"
import { describe, it } from "vitest"
import {
  clockConformance,
  createFakeClock,
  createSequentialIds,
  idGeneratorConformance,
  loggerConformance,
  observerConformance,
} from "../src/index.ts"

clockConformance({ describe, it }, () => ({ clock: systemClock }))
clockConformance({ describe, it }, () => {
  const clock = createFakeClock()
  return { clock, advance: clock.advance }
})
idGeneratorConformance({ describe, it }, () => createUuidV7Generator(systemClock))
idGeneratorConformance({ describe, it }, () => createSequentialIds())
observerConformance({ describe, it }, () => ({ around: (_operation, run) => run(), record: () => {} }))
loggerConformance({ describe, it }, () => {
  const ignore = () => {}
  return { debug: ignore, info: ignore, warn: ignore, error: ignore }
})
