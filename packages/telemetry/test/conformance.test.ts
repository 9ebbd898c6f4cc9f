import { observerConformance } from "@annals/testing"
import { describe, it } from "vitest"
import { createTelemetry } from "../src/index.ts"
import { openTelemetry } from "./telemetry-scene.ts"

describe("without an SDK", () => {
  observerConformance({ describe, it }, () => createTelemetry())
})

describe("with the SDK", () => {
  observerConformance({ describe, it }, () => openTelemetry().observer)
})
