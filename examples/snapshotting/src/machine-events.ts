// What can happen to a machine. Temperatures are whole tenths of a degree: 0.1 has no exact floating-point number.
import { defineEvent } from "@annals/core"
import * as z from "zod"

const tenths = z.int()

export const installed = defineEvent("installed", z.object({ hall: z.string(), limit: tenths }))
export const measured = defineEvent("measured", z.object({ tenths }))
export const overheated = defineEvent("overheated", z.object({ tenths }))
export const serviced = defineEvent("serviced", z.object({}))

export const machineEvents = [installed, measured, overheated, serviced] as const
