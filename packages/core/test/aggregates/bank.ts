import { defineEvent, type } from "@annals/core"

export const opened = defineEvent("opened", type<{ readonly owner: string }>())
export const deposited = defineEvent("deposited", type<{ readonly cents: number }>())
export const withdrawn = defineEvent("withdrawn", type<{ readonly cents: number }>())
export const bankEvents = [opened, deposited, withdrawn] as const
