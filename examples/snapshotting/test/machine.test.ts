import { given } from "@annals/testing"
import { describe, it } from "vitest"
import { machine } from "../src/machine.ts"
import { installed, measured, overheated } from "../src/machine-events.ts"

const press = [installed({ hall: "north", limit: 700 })]
const reading = (tenths: number) => measured({ tenths })

describe("a machine", () => {
  it("is installed once", () => {
    given(machine).when("install", { hall: "north", limit: 700 }).thenEvents(press)
    given(machine, press).when("install", { hall: "north", limit: 700 }).thenRefused("already-installed")
  })

  it("measures nothing before that", () => {
    given(machine)
      .when("measure", { tenths: [650] })
      .thenRefused("not-installed")
  })

  it("raises an alarm when it gets too hot, and no other one while it stays so", () => {
    given(machine, press)
      .when("measure", { tenths: [700, 701, 705, 690, 702] })
      .thenEvents([
        reading(700),
        reading(701),
        overheated({ tenths: 701 }),
        reading(705),
        reading(690),
        reading(702),
        overheated({ tenths: 702 }),
      ])
    given(machine, [...press, reading(701)])
      .when("measure", { tenths: [702] })
      .thenEvents([reading(702)])
  })
})
